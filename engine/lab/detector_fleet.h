// The detectors of several nodes that share a store and a ledger, and which of them hears of which call.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/detect/attack_watcher.h"
#include "engine/detect/sighting_exchange.h"

namespace latchkey::lab {

// How a balancer spreads calls over nodes.
enum class Balancing : uint8_t {
  kByCall,     // each call anywhere: a report may reach another node than its Assess
  kByLogin,    // a login's two calls reach one node, as those of a stream do
  kByAccount,  // all logins of an account reach one node
};

struct Fleet {
  int nodes = 1;
  Balancing balancing = Balancing::kByCall;
  bool apart = false;  // they tell each other nothing of what they see
};

// A board in memory.
class LabBoard final : public StatsExchange {
 public:
  [[nodiscard]] absl::StatusOr<std::vector<Line>> Swap(StatsBoard board, const std::string& node,
                                                       const std::string& text) override;

 private:
  std::map<std::string, std::string> lines_;
};

// What they find goes to one sink, as findings of nodes go to one ledger. Not thread-safe.
class DetectorFleet final : public DecisionObserver {
 public:
  // Requires: at least one node.
  DetectorFleet(Fleet fleet, AttackWatcher::Parts parts, AttackWatcher::Settings settings);

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;
  // What timers do each second.
  void Tick(TimePoint now);

 private:
  struct Node {
    Node(const AttackWatcher::Parts& parts, const AttackWatcher::Settings& settings)
        : watcher(parts, settings) {}
    AttackWatcher watcher;
    std::optional<SightingExchange> exchange;  // where it is not alone
  };
  [[nodiscard]] AttackWatcher& NodeOf(const Key& account, uint64_t decision, uint64_t call);

  const Fleet fleet_;
  LabBoard board_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace latchkey::lab

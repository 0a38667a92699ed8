#include "engine/lab/detector_fleet.h"

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/lab/dice.h"

namespace latchkey::lab {

absl::StatusOr<std::vector<StatsExchange::Line>> LabBoard::Swap(StatsBoard /*board*/, const std::string& node,
                                                                const std::string& text) {
  lines_[node] = text;
  std::vector<Line> others;
  for (const auto& [name, line] : lines_) {
    if (name != node) others.push_back({name, line});
  }
  return others;
}

DetectorFleet::DetectorFleet(Fleet fleet, AttackWatcher::Parts parts, AttackWatcher::Settings settings)
    : fleet_(fleet) {
  LATCHKEY_CHECK(fleet.nodes >= 1);
  for (int i = 0; i < fleet.nodes; ++i) {
    Node& node = *nodes_.emplace_back(std::make_unique<Node>(parts, settings));
    if (fleet.nodes > 1 && !fleet.apart)
      node.exchange.emplace(SightingExchange::Parts{node.watcher, board_, parts.sealer}, absl::StrCat(i));
  }
}

AttackWatcher& DetectorFleet::NodeOf(const Key& account, uint64_t decision, uint64_t call) {
  uint64_t what = account.low;
  if (fleet_.balancing != Balancing::kByAccount) what = decision;
  if (fleet_.balancing == Balancing::kByCall) what ^= call << 63U;
  return nodes_[Mix(what) % nodes_.size()]->watcher;
}

void DetectorFleet::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  NodeOf(facts.account, decision.id, /*call=*/0).OnDecision(attempt, facts, decision);
}

void DetectorFleet::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  NodeOf(token.account, token.decision, /*call=*/1).OnReport(token, outcome, now);
}

void DetectorFleet::Tick(TimePoint now) {
  for (const auto& node : nodes_) {
    if (node->exchange) LATCHKEY_CHECK(node->exchange->Exchange(now).ok());
    node->watcher.Tick(now);
  }
}

}  // namespace latchkey::lab

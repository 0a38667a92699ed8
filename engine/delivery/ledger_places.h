// What the nodes of a deployment share of their delivery, in the ledger: a lease, and a place for each feed.
#pragma once

#include <map>
#include <string>

#include "engine/delivery/notice_feed.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-compatible. The ledger outlives it. Waits for the ledger, for two seconds at most.
class LedgerPlaces final : public SharedPlaces {
 public:
  // `node` tells this process from all others. `lease` is by the clocks of the nodes: they may differ by a
  // part of it. Zero: there is no other node.
  LedgerPlaces(Ledger& ledger, std::string node, Duration lease)
      : ledger_(ledger), node_(std::move(node)), lease_(lease) {}

  absl::StatusOr<bool> Hold(TimePoint now) override;
  void Release() override;
  absl::StatusOr<std::string> Read(std::string_view feed) override;
  absl::Status Write(std::string_view feed, const std::string& place, TimePoint now) override;

 private:
  struct Document {
    std::string bytes;
    uint64_t position = 0;  // 0: there is none
  };

  absl::StatusOr<Document> Find(const std::string& id);
  absl::Status Put(LedgerChange change);

  Ledger& ledger_;
  const std::string node_;
  const Duration lease_;
  std::map<std::string, uint64_t, std::less<>> written_;  // position of our latest change of each document
  bool lost_ = false;  // another node has moved a place: the lease was lost without our knowing
};

}  // namespace latchkey

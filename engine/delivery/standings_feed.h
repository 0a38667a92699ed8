// Changes of standings as notices: those that this node knows of.
#pragma once

#include <deque>

#include "absl/container/flat_hash_map.h"
#include "engine/delivery/notice_feed.h"
#include "engine/workflow/standings.h"

namespace latchkey {

// Thread-compatible. The standings outlive it.
class StandingsFeed final : public NoticeFeed {
 public:
  explicit StandingsFeed(Standings& standings) : standings_(standings) {}

  [[nodiscard]] std::string_view name() const override { return "standings"; }
  [[nodiscard]] uint8_t book() const override { return 0; }
  [[nodiscard]] uint64_t SequenceOf(const std::string& /*place*/) const override { return 0; }
  absl::StatusOr<std::string> Latest(TimePoint now) override;
  absl::StatusOr<Page> ReadAfter(const std::string& place, size_t count_max, TimePoint now) override;

 private:
  static constexpr size_t kKnownMax = 100'000;

  std::optional<StandingState> Replace(const Standing& standing);

  Standings& standings_;
  uint64_t last_ = 0;  // sequence: milliseconds, so that it grows over restarts too
  // What was told last of accounts that are not good; when there are too many, the oldest are not known.
  absl::flat_hash_map<Key, StandingState> known_;
  std::deque<Key> known_order_;
};

}  // namespace latchkey

// Changes of standings as notices, in the order of their book.
#pragma once

#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/delivery/notice_feed.h"
#include "engine/incident/ledger.h"
#include "engine/workflow/standings.h"

namespace latchkey {

// Thread-compatible. The standings outlive it.
class StandingsFeed final : public NoticeFeed {
 public:
  static constexpr uint8_t kBook = static_cast<uint8_t>(Book::kStandings);

  StandingsFeed(Standings& standings, std::string environment)
      : standings_(standings), environment_(std::move(environment)) {}

  [[nodiscard]] std::string_view name() const override { return "standings"; }
  [[nodiscard]] uint8_t book() const override { return kBook; }
  [[nodiscard]] uint64_t SequenceOf(const std::string& place) const override;
  absl::StatusOr<std::string> Latest(TimePoint now) override;
  absl::StatusOr<Page> ReadAfter(const std::string& place, size_t count_max, TimePoint now) override;
  void Forget() override {
    known_.clear();
    known_order_.clear();
  }

 private:
  static constexpr size_t kKnownMax = 100'000;

  std::optional<StandingState> Replace(const Standing& standing);

  Standings& standings_;
  const std::string environment_;
  // What was told last of accounts that are not good; when there are too many, the oldest are not known.
  absl::flat_hash_map<Key, StandingState> known_;
  std::deque<Key> known_order_;
};

}  // namespace latchkey

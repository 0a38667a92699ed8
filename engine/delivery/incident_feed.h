// Changes of incidents as notices.
#pragma once

#include "absl/container/flat_hash_map.h"
#include "engine/delivery/notice_feed.h"
#include "engine/incident/incident.h"
#include "engine/incident/node_ledger.h"

namespace latchkey {

// Thread-compatible. The ledger outlives it. An attack that goes on changes its incident every few seconds:
// what is no news (more of the same) is told once a minute.
class IncidentFeed final : public NoticeFeed {
 public:
  static constexpr uint8_t kBook = static_cast<uint8_t>(Book::kIncidents);
  static constexpr Duration kSameEvery = std::chrono::minutes(1);

  explicit IncidentFeed(const NodeLedger& ledger) : ledger_(ledger) {}

  [[nodiscard]] std::string_view name() const override { return "incidents"; }
  [[nodiscard]] uint8_t book() const override { return kBook; }
  [[nodiscard]] uint64_t SequenceOf(const std::string& place) const override;
  absl::StatusOr<std::string> Latest(TimePoint now) override;
  absl::StatusOr<Page> ReadAfter(const std::string& place, size_t count_max, TimePoint now) override;
  void Forget() override { told_.clear(); }

 private:
  static constexpr size_t kToldMax = 20'000;

  // What a person would want to hear of at once.
  struct Told {
    IncidentState state;
    bool over;
    Severity severity;
    size_t suspects;
    size_t victims;
    TimePoint at;
  };
  bool IsNews(const Incident& incident, TimePoint at);

  const NodeLedger& ledger_;
  absl::flat_hash_map<std::string, Told> told_;
};

}  // namespace latchkey

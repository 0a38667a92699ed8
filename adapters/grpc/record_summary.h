// Sums up recorded events for whoever sent them: what was taken, what the policy would have answered, whom it
// hits. Bounded in memory, whatever is sent.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "engine/assess/decision.h"
#include "latchkey/v1/events.pb.h"

namespace latchkey {

// Thread-compatible.
class RecordSummary {
 public:
  // `decision`: what the policy would have answered; null for an import, which is not assessed.
  void Accept(const v1::LoginEvent& event, TimePoint at, const Decision* decision);
  void Refuse(const absl::Status& status);
  void Remember() { ++remembered_; }

  void WriteTo(v1::RecordEventsResponse* out) const;

 private:
  static constexpr size_t kTrackedMax = 20'000;
  static constexpr size_t kDistinctMax = 64;

  struct Hits {
    std::string tenant;
    std::string name;
    int64_t failures = 0;
    int64_t refused = 0;
    absl::flat_hash_set<size_t> others;  // hashes of sources, or of accounts
  };
  using HitsByName = absl::flat_hash_map<std::string, Hits>;

  static void Count(HitsByName& hits, const std::string& tenant, const std::string& name,
                    const std::string& other, bool failure, bool refused);
  static std::vector<const Hits*> Top(const HitsByName& hits);

  int64_t position_ = 0;  // of the next event
  int64_t accepted_ = 0;
  int64_t refused_ = 0;
  int64_t remembered_ = 0;
  std::map<Action, int64_t> answers_;
  std::map<std::tuple<std::string, int, Action>, int64_t> rules_;
  HitsByName accounts_;
  HitsByName sources_;
  std::optional<TimePoint> first_;
  std::optional<TimePoint> last_;
  google::protobuf::RepeatedPtrField<v1::RecordEventsResponse::Refusal> refusals_;
};

}  // namespace latchkey

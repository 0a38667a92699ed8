#include "adapters/grpc/stats_codec.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr Duration kKept = std::chrono::hours(24);
constexpr Duration kMinute = std::chrono::minutes(1);
constexpr int64_t kPointsMax = 1440;
constexpr size_t kRulesMax = 20;

constexpr std::array<Action, 4> kActions = {Action::kAllow, Action::kThrottle, Action::kChallenge,
                                            Action::kLockout};

// What both top lists share.
template <typename Message>
void EncodeHits(const TopHits::Entry& entry, Message* out) {
  out->set_attempts(entry.attempts);
  out->set_refused(entry.refused);
  out->set_failures(entry.failures);
  out->set_error(entry.error);
  out->set_hits(entry.hits);
}

void AddSeries(const std::string& label, const std::vector<int64_t>& counts,
               v1::QueryTimeSeriesResponse* out) {
  v1::TimeSeries* series = out->add_series();
  series->set_label(label);
  series->mutable_counts()->Add(counts.begin(), counts.end());
}

template <typename CountOf>
std::vector<int64_t> CountsOf(const std::vector<MinuteCounts::Totals>& points, CountOf count_of) {
  std::vector<int64_t> counts;
  counts.reserve(points.size());
  for (const MinuteCounts::Totals& point : points) counts.push_back(count_of(point));
  return counts;
}

}  // namespace

void Encode(const MinuteCounts::Totals& totals, v1::GetSummaryResponse* out) {
  out->set_decisions(totals.All());
  for (const Action action : kActions) {
    v1::ActionTotal* total = out->add_actions();
    total->set_action(ToWire(action));
    total->set_count(totals.OfAction(action));
  }
  for (const Lane lane : kAllLanes) {
    v1::LaneTotal* total = out->add_lanes();
    total->set_lane(ToWire(lane));
    total->set_count(totals.OfLane(lane));
  }
  auto rules = totals.rules;
  std::stable_sort(rules.begin(), rules.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (rules.size() > kRulesMax) rules.resize(kRulesMax);
  for (const auto& [rule, count] : rules) {
    v1::RuleTotal* total = out->add_rules();
    total->set_rule_id(rule);
    total->set_count(count);
  }
  for (size_t outcome = 1; outcome < totals.outcomes.size(); ++outcome) {
    v1::OutcomeTotal* total = out->add_outcomes();
    total->set_outcome(static_cast<v1::Outcome>(outcome));
    total->set_count(totals.outcomes[outcome]);
  }
  for (size_t answered = 0; answered < totals.shadow.size(); ++answered) {
    for (size_t would = 0; would < totals.shadow.size(); ++would) {
      if (totals.shadow[answered][would] == 0) continue;
      v1::ShadowTotal* total = out->add_shadow();
      total->set_action(ToWire(static_cast<Action>(answered)));
      total->set_shadow_action(ToWire(static_cast<Action>(would)));
      total->set_count(totals.shadow[answered][would]);
    }
  }
  out->set_degraded(totals.degraded);
}

void Encode(const StoreHealth& health, v1::StoreState* out) {
  out->set_store(health.store);
  out->set_up(health.up);
  for (const StoreHealth::Shard& shard : health.shards) {
    v1::StoreShard* one = out->add_shards();
    one->set_name(shard.name);
    one->set_up(shard.up);
    EncodeDuration(shard.skew, one->mutable_clock_skew());
  }
  for (const StoreIncident& incident : health.incidents) {
    v1::StoreIncident* one = out->add_incidents();
    one->set_kind(static_cast<v1::StoreIncidentKind>(static_cast<int>(incident.kind) + 1));
    one->set_shard(incident.shard);
    EncodeTime(incident.at, one->mutable_time());
    one->set_description(incident.text);
  }
  out->set_waiting_to_merge(static_cast<int64_t>(health.waiting_to_merge));
  out->set_merged(static_cast<int64_t>(health.merged));
  out->set_restoring(health.restoring);
  out->set_restored(static_cast<int64_t>(health.restored));
}

void Encode(const TopHits::Entry& entry, v1::TopAccount* out) {
  out->set_account_key(entry.key.Hex());
  // "tenant/account": a tenant's name holds no slash.
  if (const size_t slash = entry.name.find('/'); slash != std::string::npos) {
    out->set_tenant(entry.name.substr(0, slash));
    out->set_account(entry.name.substr(slash + 1));
  }
  EncodeHits(entry, out);
}

void Encode(const TopHits::Entry& entry, v1::TopSource* out) {
  out->set_source_key(entry.key.Hex());
  out->set_source(entry.name);
  EncodeHits(entry, out);
}

void Encode(const DecisionEvent& event, v1::DecisionEvent* out) {
  out->set_decision_id(DecisionIdText(event.decision_id));
  EncodeTime(event.at, out->mutable_decide_time());
  out->set_action(ToWire(event.action));
  out->set_lane(ToWire(event.lane));
  out->set_rule_id(event.rule);
  out->set_account_key(event.account.Hex());
  out->set_source_key(event.source.Hex());
  out->set_degraded(event.degraded);
}

void Encode(const AccountState& state, v1::DescribeAccountResponse* out) {
  out->set_account_key(state.key.Hex());
  for (const LaneReport& lane : state.lanes) Encode(lane, out->add_lanes());
  out->set_device_count(state.devices);
  out->set_source_count(state.sources);
  out->set_pending_count(state.pending);
  EncodeTime(state.now, out->mutable_describe_time());
}

absl::StatusOr<SeriesRange> DecodeRange(const v1::QueryTimeSeriesRequest& request, TimePoint now) {
  // The present minute is in it.
  SeriesRange range{.start = {}, .end = now + Duration(1), .step = kMinute};
  if (request.has_end_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.end, DecodeTime("end_time", request.end_time()));
    if (range.end > now + kKept) return WrongField("end_time", "is more than a day ahead");
  }
  if (request.has_step()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.step, DecodeDuration("step", request.step()));
    if (range.step < kMinute || range.step > kKept || range.step % kMinute != Duration::zero()) {
      return WrongField("step", "must be whole minutes, 1 to 1440");
    }
  }
  range.start = range.end - std::chrono::hours(1);
  if (request.has_start_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.start, DecodeTime("start_time", request.start_time()));
  }
  if (range.start >= range.end) return WrongField("start_time", "must be before end_time");
  if (range.start < now - kKept - kMinute) return WrongField("start_time", "is more than 24 hours ago");
  range.start = MinuteCounts::MinuteOf(range.start);
  if ((range.end - range.start) / range.step > kPointsMax)
    return WrongField("step", "gives more than 1440 points");
  return range;
}

void EncodeSeries(const std::vector<MinuteCounts::Totals>& points,
                  v1::QueryTimeSeriesRequest::Dimension dimension, v1::QueryTimeSeriesResponse* out) {
  if (dimension == v1::QueryTimeSeriesRequest::DIMENSION_LANE) {
    for (const Lane lane : kAllLanes) {
      AddSeries(std::string(LaneName(lane)),
                CountsOf(points, [lane](const auto& point) { return point.OfLane(lane); }), out);
    }
    return;
  }
  if (dimension != v1::QueryTimeSeriesRequest::DIMENSION_RULE) {
    for (const Action action : kActions) {
      AddSeries(absl::AsciiStrToLower(ToAbsl(ActionName(action))),
                CountsOf(points, [action](const auto& point) { return point.OfAction(action); }), out);
    }
    return;
  }
  std::map<std::string, std::vector<int64_t>> by_rule;
  for (size_t i = 0; i < points.size(); ++i) {
    for (const auto& [rule, count] : points[i].rules) {
      std::vector<int64_t>& counts = by_rule[rule];
      counts.resize(points.size());
      counts[i] = count;
    }
  }
  for (const auto& [rule, counts] : by_rule) AddSeries(rule, counts, out);
}

}  // namespace latchkey

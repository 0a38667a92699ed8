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

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kHour = std::chrono::hours(1);
constexpr int64_t kPointsMax = 1440;
constexpr size_t kNamesInSummary = 20;
constexpr int kSeriesUsual = 20;
constexpr int kSeriesMost = 100;
constexpr Duration kKept = TimeBuckets::kResolutions.back().kept;

using Dimension = v1::QueryTimeSeriesRequest;

constexpr std::array<Action, 4> kActions = {Action::kAllow, Action::kThrottle, Action::kChallenge,
                                            Action::kLockout};

// What both top lists share.
template <typename Message>
void EncodeHits(const TopEntry& entry, Message* out) {
  out->set_attempts(entry.attempts);
  out->set_refused(entry.refused);
  out->set_failures(entry.failures);
  out->set_error(entry.error);
  out->set_hits(entry.hits);
}

// A name and its share, those with most decisions first.
using NamedShare = std::pair<std::string, Counts::Share>;

std::vector<NamedShare> Named(const std::vector<Counts::Share>& shares, const NameTable& names) {
  std::vector<NamedShare> all;
  for (size_t id = 0; id < shares.size(); ++id) {
    if (shares[id].decisions > 0) all.emplace_back(names.NameOf(static_cast<NameTable::Id>(id)), shares[id]);
  }
  std::stable_sort(all.begin(), all.end(), [](const NamedShare& a, const NamedShare& b) {
    return a.second.decisions > b.second.decisions;
  });
  return all;
}

std::vector<Counts::Share> RuleShares(const std::vector<int64_t>& rules) {
  std::vector<Counts::Share> shares;
  shares.reserve(rules.size());
  for (const int64_t count : rules) shares.push_back({count, count});
  return shares;
}

void EncodeNames(const std::vector<Counts::Share>& shares, const NameTable& names,
                 google::protobuf::RepeatedPtrField<v1::NameTotal>* out) {
  for (const auto& [name, share] : Named(shares, names)) {
    if (static_cast<size_t>(out->size()) == kNamesInSummary) return;
    v1::NameTotal* total = out->Add();
    total->set_name(name);
    total->set_count(share.decisions);
    total->set_refused(share.refused);
  }
}

void EncodeNanoseconds(Nanoseconds span, google::protobuf::Duration* out) {
  out->set_seconds(span.count() / 1'000'000'000);
  out->set_nanos(static_cast<int32_t>(span.count() % 1'000'000'000));
}

void EncodeLatency(const LatencyCounts& counts, v1::LatencySummary* out) {
  int64_t all = 0;
  for (const uint32_t count : counts) all += count;
  out->set_count(all);
  if (all == 0) return;
  EncodeNanoseconds(Quantile(counts, 0.5), out->mutable_p50());
  EncodeNanoseconds(Quantile(counts, 0.9), out->mutable_p90());
  EncodeNanoseconds(Quantile(counts, 0.99), out->mutable_p99());
  EncodeNanoseconds(Quantile(counts, 0.999), out->mutable_p999());
}

struct Line {
  std::string label;
  std::vector<int64_t> counts;
  [[nodiscard]] int64_t Sum() const {
    int64_t sum = 0;
    for (const int64_t count : counts) sum += count;
    return sum;
  }
};

template <typename CountOf>
Line LineOf(std::string_view label, const std::vector<Counts>& points, CountOf count_of) {
  Line series{std::string(label), {}};
  series.counts.reserve(points.size());
  for (const Counts& point : points) series.counts.push_back(count_of(point));
  return series;
}

// One series a name that was counted at all.
template <typename SharesOf>
std::vector<Line> NamedLines(const std::vector<Counts>& points, const NameTable& names, bool refused_only,
                             SharesOf shares_of) {
  std::map<size_t, Line> by_id;
  for (size_t i = 0; i < points.size(); ++i) {
    const auto& shares = shares_of(points[i]);
    for (size_t id = 0; id < shares.size(); ++id) {
      const int64_t count = refused_only ? shares[id].refused : shares[id].decisions;
      if (count == 0) continue;
      Line& series = by_id[id];
      series.counts.resize(points.size());
      series.counts[i] = count;
    }
  }
  std::vector<Line> all;
  for (auto& [id, series] : by_id) {
    series.label = names.NameOf(static_cast<NameTable::Id>(id));
    all.push_back(std::move(series));
  }
  return all;
}

// Those with most counts, and the rest as "other".
std::vector<Line> Bounded(std::vector<Line> all, size_t series_max) {
  std::stable_sort(all.begin(), all.end(), [](const Line& a, const Line& b) {
    // "other" is what could not be told apart: last, with what is folded into it.
    if ((a.label == "other") != (b.label == "other")) return b.label == "other";
    return a.Sum() > b.Sum();
  });
  if (all.size() <= series_max) return all;
  Line other{"other", std::vector<int64_t>(all.front().counts.size())};
  for (size_t i = series_max; i < all.size(); ++i) {
    for (size_t at = 0; at < other.counts.size(); ++at) other.counts[at] += all[i].counts[at];
  }
  all.resize(series_max);
  all.push_back(std::move(other));
  return all;
}

}  // namespace

void Encode(const Counts& counts, DecisionStats& names, v1::GetSummaryResponse* out) {
  out->set_decisions(counts.All());
  for (const Action action : kActions) {
    v1::ActionTotal* total = out->add_actions();
    total->set_action(ToWire(action));
    total->set_count(counts.OfAction(action));
  }
  for (const Lane lane : kAllLanes) {
    v1::LaneTotal* total = out->add_lanes();
    total->set_lane(ToWire(lane));
    total->set_count(counts.OfLane(lane));
  }
  for (const auto& [rule, share] : Named(RuleShares(counts.rules), names.rules())) {
    if (static_cast<size_t>(out->rules_size()) == kNamesInSummary) break;
    v1::RuleTotal* total = out->add_rules();
    total->set_rule_id(rule);
    total->set_count(share.refused);
  }
  for (size_t outcome = 1; outcome < counts.outcomes.size(); ++outcome) {
    v1::OutcomeTotal* total = out->add_outcomes();
    total->set_outcome(static_cast<v1::Outcome>(outcome));
    total->set_count(counts.outcomes[outcome]);
  }
  for (size_t answered = 0; answered < counts.shadow.size(); ++answered) {
    for (size_t would = 0; would < counts.shadow.size(); ++would) {
      if (counts.shadow[answered][would] == 0) continue;
      v1::ShadowTotal* total = out->add_shadow();
      total->set_action(ToWire(static_cast<Action>(answered)));
      total->set_shadow_action(ToWire(static_cast<Action>(would)));
      total->set_count(counts.shadow[answered][would]);
    }
  }
  out->set_degraded(counts.degraded);
  EncodeNames(counts.tenants, names.tenants(), out->mutable_tenants());
  EncodeNames(counts.paths, names.paths(), out->mutable_paths());
  EncodeLatency(counts.decision_time, out->mutable_decision_latency());
  EncodeLatency(counts.store_time, out->mutable_store_latency());
}

void Encode(const std::vector<UnresolvedIncidents>& incidents, v1::IncidentSummary* out) {
  for (const UnresolvedIncidents& counts : incidents) {
    v1::IncidentTotal* total = out->add_totals();
    total->set_kind(static_cast<v1::AttackKind>(counts.kind));
    total->set_severity(static_cast<v1::IncidentSeverity>(counts.severity));
    total->set_open(counts.open);
    total->set_acknowledged(counts.acknowledged);
  }
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

void Encode(const TopEntry& entry, v1::TopAccount* out) {
  out->set_account_key(entry.key.Hex());
  // "tenant/account": a tenant's name holds no slash.
  if (const size_t slash = entry.name.find('/'); slash != std::string::npos) {
    out->set_tenant(entry.name.substr(0, slash));
    out->set_account(entry.name.substr(slash + 1));
  }
  EncodeHits(entry, out);
}

void Encode(const TopEntry& entry, v1::TopSource* out) {
  out->set_source_key(entry.key.Hex());
  out->set_source(entry.name);
  EncodeHits(entry, out);
}

void Encode(const TopEntry& entry, v1::TopNetwork* out) {
  out->set_network_key(entry.key.Hex());
  out->set_network(entry.name);
  EncodeHits(entry, out);
}

void Encode(const TopEntry& entry, v1::TopAsn* out) {
  out->set_asn(static_cast<uint32_t>(entry.key.low));
  EncodeHits(entry, out);
}

void Encode(const ActiveRefusal& refusal, v1::ActiveRefusal* out) {
  out->set_scope(static_cast<v1::Scope>(refusal.scope));
  out->set_lane(ToWire(refusal.lane));
  if (refusal.scope == Scope::kAsn) {
    out->set_subject_key(std::to_string(refusal.subject.low));
  } else if (refusal.scope != Scope::kTenant) {
    out->set_subject_key(refusal.subject.Hex());
  }
  out->set_subject(refusal.name);
  out->set_rule_id(refusal.rule);
  out->set_action(ToWire(refusal.action));
  if (refusal.until) EncodeTime(*refusal.until, out->mutable_end_time());
  EncodeTime(refusal.seen, out->mutable_last_time());
  out->set_refused(refusal.refused);
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
  // The present moment is in it.
  SeriesRange range{.start = {}, .end = now + Duration(1), .step = kMinute, .resolution = {}};
  if (request.has_end_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.end, DecodeTime("end_time", request.end_time()));
    if (range.end > now + std::chrono::hours(24)) return WrongField("end_time", "is more than a day ahead");
  }
  if (request.has_step()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.step, DecodeDuration("step", request.step()));
    if (!TimeBuckets::Dividing(range.step) || range.step > kKept)
      return WrongField("step", "must be whole seconds, minutes or hours, 1 second to 30 days");
  }
  range.start = range.end - (range.step < kMinute ? TimeBuckets::kResolutions.front().kept : kHour);
  if (request.has_start_time()) {
    LATCHKEY_ASSIGN_OR_RETURN(range.start, DecodeTime("start_time", request.start_time()));
  }
  if (range.start >= range.end) return WrongField("start_time", "must be before end_time");
  const auto kept = TimeBuckets::Keeping(range.start, now);
  if (!kept) return WrongField("start_time", "is more than 30 days ago");
  if (range.step < kept->width || range.step % kept->width != Duration::zero()) {
    return WrongField("step",
                      kept->width == kHour
                          ? "must be whole hours: what is more than 24 hours old is kept by the hour"
                          : "must be whole minutes: what is more than 15 minutes old is kept by the minute");
  }
  // What begins in the bucket of `start` is in it.
  range.resolution = *kept;
  range.start = TimeBuckets::Floor(range.start, std::max(kept->width, std::min(range.step, kMinute)));
  if ((range.end - range.start) / range.step > kPointsMax)
    return WrongField("step", "gives more than 1440 points");
  return range;
}

absl::StatusOr<SeriesRange> DecodeSpan(const v1::GetSummaryRequest& request, TimePoint now) {
  Duration span = kHour;
  if (request.has_span()) {
    LATCHKEY_ASSIGN_OR_RETURN(span, DecodeDuration("span", request.span()));
    if (span < kMinute || span > kKept) return WrongField("span", "must be 1 minute to 30 days");
  }
  const TimeBuckets::Resolution resolution =
      TimeBuckets::kResolutions[span <= TimeBuckets::kResolutions[1].kept ? 1 : 2];
  return SeriesRange{.start = TimeBuckets::Floor(now - span, resolution.width),
                     .end = now + Duration(1),
                     .step = span,
                     .resolution = resolution};
}

absl::StatusOr<SeriesWanted> DecodeWanted(const v1::QueryTimeSeriesRequest& request) {
  if (!Dimension::Dimension_IsValid(request.dimension())) return WrongField("dimension", "is not known");
  SeriesWanted wanted{.dimension = request.dimension(), .refused_only = request.refused_only()};
  if (wanted.dimension == Dimension::DIMENSION_UNSPECIFIED) wanted.dimension = Dimension::DIMENSION_ACTION;
  const bool has_refusals = wanted.dimension == Dimension::DIMENSION_LANE ||
                            wanted.dimension == Dimension::DIMENSION_TENANT ||
                            wanted.dimension == Dimension::DIMENSION_PATH;
  if (wanted.refused_only && !has_refusals)
    return WrongField("refused_only", "is for lanes, tenants and paths");
  if (request.series_max() < 0 || request.series_max() > kSeriesMost)
    return WrongField("series_max", "must be 0 to 100");
  wanted.series_max = static_cast<size_t>(request.series_max() == 0 ? kSeriesUsual : request.series_max());
  return wanted;
}

void EncodeSeries(const std::vector<Counts>& points, SeriesWanted wanted, DecisionStats& names,
                  v1::QueryTimeSeriesResponse* out) {
  std::vector<Line> all;
  switch (wanted.dimension) {
    case Dimension::DIMENSION_LANE:
      for (const Lane lane : kAllLanes) {
        all.push_back(LineOf(LaneName(lane), points, [&](const Counts& point) {
          return wanted.refused_only ? point.RefusedInLane(lane) : point.OfLane(lane);
        }));
      }
      break;
    case Dimension::DIMENSION_RULE:
      all = Bounded(NamedLines(points, names.rules(), false,
                               [](const Counts& point) { return RuleShares(point.rules); }),
                    wanted.series_max);
      break;
    case Dimension::DIMENSION_TENANT:
      all = Bounded(NamedLines(
                        points, names.tenants(), wanted.refused_only,
                        [](const Counts& point) -> const auto& { return point.tenants; }),
                    wanted.series_max);
      break;
    case Dimension::DIMENSION_PATH:
      all = Bounded(NamedLines(
                        points, names.paths(), wanted.refused_only,
                        [](const Counts& point) -> const auto& { return point.paths; }),
                    wanted.series_max);
      break;
    case Dimension::DIMENSION_OUTCOME:
      for (size_t outcome = 1; outcome < Counts::OutcomeTable{}.size(); ++outcome) {
        all.push_back(LineOf(OutcomeName(static_cast<Outcome>(outcome)), points,
                             [&](const Counts& point) { return point.outcomes[outcome]; }));
      }
      break;
    case Dimension::DIMENSION_LATENCY:
      for (const auto& [label, share] :
           {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99), std::pair("p999", 0.999)}) {
        all.push_back(LineOf(label, points, [share = share](const Counts& point) {
          return Quantile(point.decision_time, share).count() / 1000;
        }));
      }
      break;
    default:
      for (const Action action : kActions) {
        all.push_back(LineOf(absl::AsciiStrToLower(ToAbsl(ActionName(action))), points,
                             [&](const Counts& point) { return point.OfAction(action); }));
      }
  }
  for (const Line& series : all) {
    v1::TimeSeries* one = out->add_series();
    one->set_label(series.label);
    one->mutable_counts()->Add(series.counts.begin(), series.counts.end());
  }
}

}  // namespace latchkey

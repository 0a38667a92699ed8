// Statistics between the wire and the engine.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "engine/assess/account_view.h"
#include "engine/incident/incident_book.h"
#include "engine/stats/decision_stats.h"
#include "engine/store/store_health.h"
#include "latchkey/v1/stats.pb.h"

namespace latchkey {

// Ids in `counts` are of the tables of `names`.
void Encode(const Counts& counts, DecisionStats& names, v1::GetSummaryResponse* out);
void Encode(const StoreHealth& health, v1::StoreState* out);
void Encode(const std::vector<UnresolvedIncidents>& incidents, v1::IncidentSummary* out);
void Encode(const TopEntry& entry, v1::TopAccount* out);
void Encode(const TopEntry& entry, v1::TopSource* out);
void Encode(const TopEntry& entry, v1::TopNetwork* out);
void Encode(const TopEntry& entry, v1::TopAsn* out);
void Encode(const ActiveRefusal& refusal, v1::ActiveRefusal* out);
void Encode(const DecisionEvent& event, v1::DecisionEvent* out);
void Encode(const AccountState& state, v1::DescribeAccountResponse* out);

// A range of time that is kept at this resolution, in whole steps of it.
struct SeriesRange {
  TimePoint start;
  TimePoint end;
  Duration step{0};
  TimeBuckets::Resolution resolution;
};
[[nodiscard]] absl::StatusOr<SeriesRange> DecodeRange(const v1::QueryTimeSeriesRequest& request,
                                                      TimePoint now);
// The last `span`, in one step.
[[nodiscard]] absl::StatusOr<SeriesRange> DecodeSpan(const v1::GetSummaryRequest& request, TimePoint now);

// What each series is of, and how many there may be.
struct SeriesWanted {
  v1::QueryTimeSeriesRequest::Dimension dimension = v1::QueryTimeSeriesRequest::DIMENSION_ACTION;
  bool refused_only = false;
  size_t series_max = 20;
};
[[nodiscard]] absl::StatusOr<SeriesWanted> DecodeWanted(const v1::QueryTimeSeriesRequest& request);

// One series a label, all of the same length.
void EncodeSeries(const std::vector<Counts>& points, SeriesWanted wanted, DecisionStats& names,
                  v1::QueryTimeSeriesResponse* out);

}  // namespace latchkey

// Statistics between the wire and the engine.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "engine/assess/account_view.h"
#include "engine/stats/decision_stats.h"
#include "engine/store/store_health.h"
#include "latchkey/v1/stats.pb.h"

namespace latchkey {

void Encode(const MinuteCounts::Totals& totals, v1::GetSummaryResponse* out);
void Encode(const StoreHealth& health, v1::StoreState* out);
void Encode(const TopHits::Entry& entry, v1::TopAccount* out);
void Encode(const TopHits::Entry& entry, v1::TopSource* out);
void Encode(const DecisionEvent& event, v1::DecisionEvent* out);
void Encode(const AccountState& state, v1::DescribeAccountResponse* out);

// A range of time in whole steps.
struct SeriesRange {
  TimePoint start;
  TimePoint end;
  Duration step{0};
};
[[nodiscard]] absl::StatusOr<SeriesRange> DecodeRange(const v1::QueryTimeSeriesRequest& request,
                                                      TimePoint now);

// One series a label, all of the same length.
void EncodeSeries(const std::vector<MinuteCounts::Totals>& points,
                  v1::QueryTimeSeriesRequest::Dimension dimension, v1::QueryTimeSeriesResponse* out);

}  // namespace latchkey

// Whatever bytes a store holds: reading them never crashes, and what is accepted can be evaluated, charged,
// settled and kept.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/signal/flat_record_codec.h"
#include "engine/signal/limit.h"
#include "engine/signal/packed_charge.h"
#include "engine/signal/packed_settle.h"
#include "engine/signal/record_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using latchkey::Duration;
  const std::string_view stored(reinterpret_cast<const char*>(data), size);
  if (latchkey::IsWholeFlatRecord(stored) != latchkey::DecodeFlatRecord(stored).ok()) std::abort();
  const absl::StatusOr<latchkey::Record> record = latchkey::DecodeRecord(stored);
  if (!record.ok()) return 0;
  const latchkey::Limit limit{.above = 5,
                              .window = std::chrono::hours(1),
                              .then = latchkey::Consequence::kLockout,
                              .hold = std::chrono::hours(1)};
  const latchkey::TimePoint now(Duration(1'700'000'000'000));
  for (const latchkey::Series& series : record->series) {
    const bool distinct = series.id.distinct();
    if (EvaluateLimit(limit, series.entries, distinct, 1, now, Duration(120'000)).count < 0) std::abort();
  }
  const absl::StatusOr<latchkey::Record> again = latchkey::DecodeRecord(latchkey::EncodeRecord(*record));
  if (!again.ok() || !(*again == *record)) std::abort();

  // Charges of the first series' name, and of another.
  latchkey::ChargeRequest request{.reservation_id = 1, .tag = 7, .token_life = Duration(120'000)};
  latchkey::LaneAsk lane{.lane = latchkey::Lane::kStranger};
  for (const uint16_t signature :
       {uint16_t{1}, record->series.empty() ? uint16_t{2} : record->series[0].id.signature}) {
    lane.account.push_back({.signature = signature,
                            .charged = true,
                            .member = 5,
                            .limits = {limit},
                            .windows = {limit.window},
                            .horizon = limit.window,
                            .members_max = 16});
  }
  request.lanes.push_back(lane);
  latchkey::PackedChange account{.before = stored};
  latchkey::PackedChange network;
  latchkey::ChargeResult result;
  // Counts may have grown beyond what a record holds, as with ApplyCharge.
  if (ChargePacked(request, now, account, network, result)) (void)latchkey::DecodeRecord(account.Now());

  // The settlement of its first attempt, which gives back, clears and adds.
  latchkey::SettleRequest report{.token_life = Duration(120'000)};
  if (!record->reservations.empty()) report.reservation_id = record->reservations.front().id;
  report.source = latchkey::Remember{.id = 1, .slots_max = 2};
  report.device = latchkey::Remember{.id = 2, .slots_max = 2};
  for (const latchkey::CounterAsk& ask : lane.account) {
    latchkey::CounterEffect effect{.series = {.signature = ask.signature}, .member = ask.member};
    effect.windows = ask.windows;
    effect.horizon = ask.horizon;
    effect.members_max = ask.members_max;
    for (const auto kind : {latchkey::CounterEffect::Kind::kGiveBack, latchkey::CounterEffect::Kind::kAdd}) {
      effect.kind = kind;
      report.account.push_back(effect);
    }
  }
  latchkey::PackedChange settled{.before = stored};
  latchkey::PackedChange untouched;
  latchkey::SettleResult answer;
  if (SettlePacked(report, now, settled, untouched, answer)) (void)latchkey::DecodeRecord(settled.Now());
  return 0;
}

#include "engine/signal/flat_brief.h"

#include <algorithm>

#include "engine/signal/flat_layout.h"

namespace latchkey {
namespace {

// What `series` holds of one, whatever its age: at least what any window counts.
int64_t Held(std::string_view series, SeriesId id) {
  flat::Unpacker in(series);
  while (in.More()) {
    const SeriesId each = SeriesId::FromPacked(static_cast<uint32_t>(in.Get<4>()));
    const size_t entries = in.Get<2>();
    if (each != id) {
      static_cast<void>(in.Text(entries * flat::EntryBytes(each)));
      continue;
    }
    if (id.distinct()) return static_cast<int64_t>(entries);
    int64_t held = 0;
    for (size_t i = 0; i < entries; ++i) {
      static_cast<void>(in.Time());
      held += static_cast<int64_t>(in.Get<3>());
    }
    return held;
  }
  return 0;
}

// Whether no limit of these counters would refuse the same attempt once more, for sure.
bool HaveRoom(const std::vector<CounterAsk>& counters, uint16_t slot, std::string_view series) {
  return std::all_of(counters.begin(), counters.end(), [&](const CounterAsk& ask) {
    if (ask.limits.empty()) return true;
    int64_t enough = INT64_MAX;
    for (const Limit& limit : ask.limits) enough = std::min(enough, limit.above);
    const SeriesId id{.signature = ask.signature, .sub = ask.sub_is_slot ? slot : ask.sub};
    return Held(series, id) + (id.distinct() ? 1 : ask.weight) <= enough;
  });
}

std::optional<flat::Parts> PartsOf(std::string_view bytes) {
  return bytes.empty() ? flat::Parts{} : flat::CutUp(bytes);
}

}  // namespace

std::optional<ChargeBrief> GlanceAt(const ChargeRequest& request, const ChargeResult& result,
                                    std::string_view account, std::string_view network) {
  if (result.admitted < 0 || result.shared || request.dry_run || request.forced) return std::nullopt;
  const std::optional<flat::Parts> of_account = PartsOf(account);
  const std::optional<flat::Parts> of_network = PartsOf(network);
  if (!of_account || !of_network) return std::nullopt;
  const auto admitted = static_cast<size_t>(result.admitted);
  // Where the account knows no source, no stranger's source can have been a familiar one that is refused.
  const bool cannot_have_fallen = std::all_of(
      request.lanes.begin(), request.lanes.begin() + result.admitted,
      [&](const LaneAsk& ask) { return ask.lane == Lane::kFamiliar && of_account->slots.empty(); });
  const LaneAsk& ask = request.lanes[admitted];
  // A challenge is spent by being admitted.
  if (!cannot_have_fallen || ask.lane == Lane::kChallenged ||
      !HaveRoom(ask.account, result.sub, of_account->series) ||
      !HaveRoom(ask.network, result.sub, of_network->series)) {
    return std::nullopt;
  }
  return ChargeBrief{.fell = false, .spent = false, .charged_at = result.records.now};
}

}  // namespace latchkey

#include "adapters/redis/scripts.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/redis/scripts_text.h"  // Written by CMake from scripts/*.lua.
#include "engine/signal/record.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

Script WithPrelude(const char* middle, const char* text) {
  const auto bound = [](const char* name, size_t value) {
    return absl::StrCat("local ", name, " = ", value, "\n");
  };
  return Script(absl::StrCat(bound("SERIES_MAX", kSeriesMax), bound("EXACT_ENTRIES", kExactEntries),
                             bound("RECENT_ENTRIES", kRecentEntries), bound("ENTRIES_MAX", kEntriesMax),
                             bound("SPENT_MAX", kSpentMax), bound("RESERVATIONS_MAX", kReservationsMax),
                             bound("WRONG_TAGS_PER_SLOT_MAX", kWrongTagsPerSlotMax),
                             bound("OVERFLOW_SUB", SeriesId::kOverflowSub), kPreludeLua, middle, text));
}

}  // namespace

const Scripts& StoreScripts() {
  static const Scripts kScripts{.charge = WithPrelude(kChargingLua, kChargeLua),
                                .settle = WithPrelude(kEffectsLua, kSettleLua),
                                .network_charge = WithPrelude(kChargingLua, kNetworkchargeLua),
                                .network_change = WithPrelude(kEffectsLua, kNetworkchangeLua),
                                .read = Script(kReadLua),
                                .swap = Script(kSwapLua),
                                .watch = Script(kWatchLua),
                                .revoke = Script(kRevokeLua)};
  return kScripts;
}

}  // namespace latchkey

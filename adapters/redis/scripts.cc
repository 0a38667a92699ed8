#include "adapters/redis/scripts.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/redis/scripts_text.h"  // Written by CMake from scripts/*.lua.
#include "engine/base/text.h"
#include "engine/signal/flat_record_codec.h"
#include "engine/signal/record.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

// What each script on records begins with.
std::string Beginning() {
  const auto bound = [](const char* name, size_t value) {
    return absl::StrCat("local ", name, " = ", value, "\n");
  };
  return absl::StrCat(bound("SERIES_MAX", kSeriesMax), bound("EXACT_ENTRIES", kExactEntries),
                      bound("RECENT_ENTRIES", kRecentEntries), bound("ENTRIES_MAX", kEntriesMax),
                      bound("SPENT_MAX", kSpentMax), bound("RESERVATIONS_MAX", kReservationsMax),
                      bound("WRONG_TAGS_PER_SLOT_MAX", kWrongTagsPerSlotMax),
                      bound("COUNT_MAX", kFlatCountMax), bound("OVERFLOW_SUB", SeriesId::kOverflowSub),
                      kPreludeLua);
}

// Without the lines that are comments, and without indentation: a script is sent in whole to each server
// once, and one of 32 KiB costs that connection a buffer of its own.
std::string Stripped(std::string_view text) {
  std::string stripped;
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty() && !absl::StartsWith(line, "--")) absl::StrAppend(&stripped, line, "\n");
  }
  return stripped;
}

// The ordinary case ends before the rules: it does not pay for making their functions.
Script OnRecords(std::string_view ordinary, const char* middle, const char* text) {
  return Script(Stripped(absl::StrCat(Beginning(), ToAbsl(ordinary), kRecordsLua, kRulesLua, middle, text)));
}

}  // namespace

const Scripts& StoreScripts() {
  static const std::string kQuickCharge = absl::StrCat(kChargerequestLua, kQuickchargeLua);
  static const std::string kQuickSettle = absl::StrCat(kSettlerequestLua, kQuicksettleLua);
  static const Scripts kScripts{
      .charge = OnRecords(kQuickCharge, kChargingLua, kChargeLua),
      .settle = OnRecords(kQuickSettle, kEffectsLua, kSettleLua),
      .network_charge = OnRecords("", kChargingLua, kNetworkchargeLua),
      .network_change = OnRecords(kSettlerequestLua, kEffectsLua, kNetworkchangeLua),
      .read = Script(kReadLua),
      .swap = Script(kSwapLua),
      .watch = Script(kWatchLua),
      .revoke = Script(kRevokeLua),
      .stats = Script(kStatsLua),
      .book_put = Script(kBookputLua),
      .book_read = Script(kBookreadLua)};
  return kScripts;
}

}  // namespace latchkey

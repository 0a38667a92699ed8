#include "engine/policy/certificate/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

struct Unit {
  int64_t ms;
  const char* letter;
  const char* one;
  const char* many;
};
constexpr std::array<Unit, 5> kUnits = {{{86'400'000, "d", "day", "days"},
                                         {3'600'000, "h", "h", "h"},
                                         {60'000, "m", "min", "min"},
                                         {1'000, "s", "s", "s"},
                                         {1, "ms", "ms", "ms"}}};

}  // namespace

std::string SpanText(Duration span) {
  int64_t left = span.count();
  // Days are written from two on, so that a day is 24h.
  std::string text;
  for (const Unit& unit : kUnits) {
    if (text.empty() && unit.ms == kUnits[0].ms && (left < 2 * unit.ms || left % unit.ms != 0)) continue;
    if (left < unit.ms) continue;
    absl::StrAppend(&text, left / unit.ms, unit.letter);
    left %= unit.ms;
  }
  return text.empty() ? "0s" : text;
}

std::string SpanWords(Duration span) {
  for (const Unit& unit : kUnits) {
    const int64_t least = unit.ms == kUnits[0].ms ? 2 * unit.ms : unit.ms;
    if (span.count() < least) continue;
    const int64_t tenths = (span.count() * 10 + unit.ms / 2) / unit.ms;
    std::string number = absl::StrCat(tenths / 10);
    if (tenths % 10 != 0) absl::StrAppend(&number, ".", tenths % 10);
    return absl::StrCat(number, " ", tenths == 10 ? unit.one : unit.many);
  }
  return "0 s";
}

std::string ChargesWords(const Counter& counter, int64_t count) {
  const auto words = [&]() -> std::pair<const char*, const char*> {
    switch (counter.count) {
      case CountKind::kAttempts:
        return {"attempt", "attempts"};
      case CountKind::kFailures:
        return counter.when.factors.contains(Factor::kPassword) || counter.when.factors.empty()
                   ? std::pair{"wrong password", "wrong passwords"}
                   : std::pair{"wrong code", "wrong codes"};
      case CountKind::kSuccesses:
        return {"login", "logins"};
      case CountKind::kDistinctAccounts:
        return {"account tried", "different accounts tried"};
      case CountKind::kDistinctPasswordTags:
        return {"wrong password", "different wrong passwords"};
      case CountKind::kDistinctSources:
        return {"address that tries", "different addresses that try"};
    }
    return {"attempt", "attempts"};
  }();
  return absl::StrCat(count, " ", count == 1 ? words.first : words.second);
}

std::string WhereWords(LaneSet lanes) {
  if (lanes == LaneSet::All()) return "everywhere";
  constexpr std::array<const char*, kLaneCount> kWhere = {"on his own device", "with a recovery link",
                                                          "at a familiar address", "after a CAPTCHA",
                                                          "as a stranger"};
  std::string text;
  for (Lane lane : kAllLanes) {
    if (lanes.Contains(lane))
      absl::StrAppend(&text, text.empty() ? "" : ", ", kWhere[static_cast<size_t>(lane)]);
  }
  return text;
}

std::string LaneNames(LaneSet lanes) {
  if (lanes == LaneSet::All()) return "all";
  std::string text;
  for (Lane lane : kAllLanes) {
    if (lanes.Contains(lane)) absl::StrAppend(&text, text.empty() ? "" : ", ", ToAbsl(LaneName(lane)));
  }
  return text;
}

}  // namespace latchkey

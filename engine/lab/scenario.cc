#include "engine/lab/scenario.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/text.h"
#include "engine/lab/catalogue.h"

namespace latchkey::lab {
namespace {

std::string SignText(Expectation::Sign sign) {
  switch (sign) {
    case Expectation::Sign::kAtMost:
      return "at most ";
    case Expectation::Sign::kAtLeast:
      return "at least ";
    default:
      return "";
  }
}

}  // namespace

absl::StatusOr<Expectation> ParseExpectation(const FigureKind& figure, std::string_view text) {
  Expectation expectation{.figure = &figure};
  absl::string_view rest = absl::StripAsciiWhitespace(ToAbsl(text));
  if (rest == "none") {
    expectation.sign = Expectation::Sign::kAbsent;
    return expectation;
  }
  if (absl::ConsumePrefix(&rest, "<=")) {
    expectation.sign = Expectation::Sign::kAtMost;
  } else if (absl::ConsumePrefix(&rest, ">=")) {
    expectation.sign = Expectation::Sign::kAtLeast;
  }
  if (!absl::SimpleAtod(absl::StripAsciiWhitespace(rest), &expectation.value)) {
    return absl::InvalidArgumentError(absl::StrCat("'", ToAbsl(text),
                                                   "' is no expectation; write a number, '<= number', "
                                                   "'>= number' or none"));
  }
  return expectation;
}

absl::Status Check(const Expectation& expectation, const Figures& figures) {
  const Figures::Figure& figure = figures.*(expectation.figure->member);
  const absl::string_view name = ToAbsl(expectation.figure->name);
  if (expectation.sign == Expectation::Sign::kAbsent) {
    if (!figure) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(name, " is ", *figure, " where none was expected"));
  }
  const std::string wanted = absl::StrCat(SignText(expectation.sign), expectation.value);
  if (!figure)
    return absl::FailedPreconditionError(absl::StrCat("there is no ", name, "; expected was ", wanted));
  bool met = false;
  switch (expectation.sign) {
    case Expectation::Sign::kAtMost:
      met = *figure <= expectation.value;
      break;
    case Expectation::Sign::kAtLeast:
      met = *figure >= expectation.value;
      break;
    default:
      met = *figure == expectation.value;
      break;
  }
  if (met) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(name, " is ", *figure, "; expected was ", wanted));
}

bool Scenario::StealsProof() const {
  return std::any_of(attack.begin(), attack.end(),
                     [](const Cast& cast) { return cast.kind->name == "thief"; });
}

void Scenario::Scale(double factor) {
  constexpr double kStakesMax = 50'000;
  stakes = static_cast<int64_t>(std::min(kStakesMax, std::round(static_cast<double>(stakes) * factor)));
  for (std::vector<Cast>* casts : {&people, &attack}) {
    for (Cast& cast : *casts) {
      for (const Parameter& parameter : cast.kind->parameters) {
        if (parameter.type != Parameter::Type::kCount) continue;
        const double scaled = std::round(cast.values.Number(parameter.name) * factor);
        cast.values.Set(parameter.name, std::clamp(scaled, parameter.min, parameter.max));
      }
    }
  }
}

}  // namespace latchkey::lab

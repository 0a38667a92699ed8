#include "engine/policy/certificate/lines.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/text.h"
#include "engine/policy/certificate/password_odds.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

std::string Percent(double share) { return absl::StrCat(std::round(share * 1000) / 10, " %"); }

std::string Dollars(double usd) {
  const double digits = usd < 1 ? 1e4 : 1e2;
  return absl::StrCat(std::round(usd * digits) / digits);
}

std::string LaneParts(const std::array<std::optional<int64_t>, kLaneCount>& by_lane) {
  std::string text;
  for (Lane lane : kAllLanes) {
    absl::StrAppend(&text, text.empty() ? "" : " + ", CountText(by_lane[static_cast<size_t>(lane)]), " ",
                    ToAbsl(LaneName(lane)));
  }
  return text;
}

std::string OddsText(const std::optional<int64_t>& guesses) {
  if (!guesses) return "";
  std::string text;
  for (const PasswordOdds& odds : OddsOfGuesses(*guesses)) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", odds.at_least ? "more than " : "", Percent(odds.share),
                    " (", ToAbsl(odds.collection), ")");
  }
  return text;
}

std::string CostText(const std::optional<DenialCost>& cost) {
  if (!cost) return "cannot be kept out";
  std::string text = absl::StrCat(cost->requests_per_day, " requests a day");
  if (cost->captchas_per_day > 0)
    absl::StrAppend(&text, ", ", cost->captchas_per_day, " of them with CAPTCHA");
  absl::StrAppend(&text, " from ", cost->sources, cost->sources == 1 ? " address, " : " addresses, ",
                  Dollars(cost->usd_per_day_low), " to ", Dollars(cost->usd_per_day_high), " dollars a day");
  return text;
}

std::string CostNote(const std::optional<DenialCost>& cost) {
  if (!cost) return "";
  return absl::StrCat(cost->requests, " requests ",
                      cost->lasts == Duration::zero() ? "keep him out until somebody ends it"
                                                      : "keep him out for " + SpanWords(cost->lasts),
                      "; by ", absl::StrJoin(cost->rules, " and "));
}

class Lines {
 public:
  explicit Lines(const Certificate& certificate) : certificate_(certificate) {}

  std::vector<CertificateLine> Run() {
    for (const PromiseLine& line : certificate_.promises)
      Add("Promises", absl::StrCat(line.promise, " ", line.title), std::string(KeepingName(line.keeping)),
          line.reason);
    Guesses();
    for (Lane lane : kAllLanes)
      Add("Wrong tries of the owner", absl::StrCat("lane ", ToAbsl(LaneName(lane))),
          absl::StrCat(certificate_.owner_tries.by_lane[static_cast<size_t>(lane)]), "");
    Add("Wrong tries of the owner", "on a known device at home, lane by lane",
        absl::StrCat(certificate_.owner_tries.on_known_device), "");
    for (const Denial& denial : certificate_.denials) {
      Add("What it costs to keep out", absl::StrCat(denial.words, ", for anybody"),
          CostText(denial.by_anybody), CostNote(denial.by_anybody));
      Add("What it costs to keep out", absl::StrCat(denial.words, ", for who shares his address"),
          CostText(denial.by_neighbour), CostNote(denial.by_neighbour));
    }
    for (const SharedAddressLine& line : certificate_.shared_addresses) {
      Add("People that a shared address bears",
          absl::StrCat(line.rule, "[", line.limit_index, "], before ", ToAbsl(ConsequenceName(line.then)),
                       " of the ", line.network ? "network" : "address"),
          absl::StrCat(line.people), absl::StrCat(line.above, " in ", SpanWords(line.window)));
    }
    for (size_t i = 0; i < certificate_.at_stake.size(); ++i) {
      const StakeLine& line = certificate_.at_stake[i];
      Add("While something is at stake for an account",
          absl::StrCat("stakes[", i, "], failures of strangers before a challenge"),
          absl::StrCat(line.above, " in ", SpanWords(line.window)),
          "where one can be shown and passed; never a wait, and nothing for any other lane");
    }
    for (const ComplianceLine& line : certificate_.compliance)
      Add("Standards", line.standard, line.met ? "yes" : "no", line.reason);
    return std::move(lines_);
  }

 private:
  void Add(std::string section, std::string name, std::string value, std::string note) {
    lines_.push_back({std::move(section), std::move(name), std::move(value), std::move(note)});
  }

  void Guesses() {
    constexpr const char* kSection = "Guesses at one account's password";
    const GuessBounds& guesses = certificate_.guesses;
    for (const GuessRow& row : guesses.rows) {
      Add(kSection, absl::StrCat("in ", SpanText(row.span)), CountText(row.total), LaneParts(row.by_lane));
      if (row.whatever_logins != row.total)
        Add(kSection, absl::StrCat("in ", SpanText(row.span), ", however often the owner logs in"),
            CountText(row.whatever_logins), "");
    }
    Add(kSection, "in a row, between two logins", CountText(guesses.consecutive.total),
        LaneParts(guesses.consecutive.by_lane));
    for (const GuessRow& row : guesses.rows) {
      if (row.total)
        Add("Accounts that so many guesses open", absl::StrCat("in ", SpanText(row.span)),
            OddsText(row.total), "");
    }
    for (const CodeBounds& codes : certificate_.codes) {
      for (const GuessRow& row : codes.rows)
        Add("Guesses at one account's codes, by who knows its password",
            absl::StrCat(ToAbsl(FactorName(codes.factor)), " in ", SpanText(row.span)), CountText(row.total),
            LaneParts(row.by_lane));
    }
    for (const BoundCheck& check : guesses.checks) {
      Add("Bounds of the policy", check.span == Duration::zero() ? "consecutive" : SpanText(check.span),
          absl::StrCat(CountText(check.proved), check.holds() ? " of " : ", more than ", check.bound),
          LaneParts(check.parts));
    }
  }

  const Certificate& certificate_;
  std::vector<CertificateLine> lines_;
};

}  // namespace

std::string CountText(const std::optional<int64_t>& count) {
  return count ? absl::StrCat(*count) : "no limit";
}

std::vector<CertificateLine> LinesOf(const Certificate& certificate) { return Lines(certificate).Run(); }

}  // namespace latchkey

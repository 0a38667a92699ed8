#include "engine/policy/certificate/compliance.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

constexpr int64_t kNistMost = 100;
constexpr int64_t kPciMost = 10;
constexpr Duration kPciLeast = std::chrono::minutes(30);

ComplianceLine Nist(const GuessBounds& guesses) {
  ComplianceLine line{.standard = "NIST SP 800-63B-4 §3.2.2", .met = false, .reason = {}};
  const auto& total = guesses.consecutive.total;
  line.met = total && *total <= kNistMost;
  if (line.met) {
    line.reason = absl::StrCat("no more than ", *total, " failed attempts in a row on one account");
  } else if (total) {
    line.reason =
        absl::StrCat(*total, " failed attempts in a row are possible; the standard wants 100 at most");
  } else {
    std::string day = "any number of";
    if (guesses.rows.size() > 1 && guesses.rows[1].total) day = absl::StrCat(*guesses.rows[1].total);
    line.reason = absl::StrCat(
        "failures in a row are bounded by time (", day,
        " in 24 h), not by a count that disables the password: such a count lets anybody disable it (P5)");
  }
  return line;
}

bool LocksLikePci(const Reach& reach) {
  const bool counts =
      reach.counter->count == CountKind::kFailures || reach.counter->count == CountKind::kAttempts;
  return counts && reach.of_account() && reach.meets_all_passwords() && reach.refuses == LaneSet::All() &&
         reach.fed_by == LaneSet::All() && reach.place[0] == Place::kOnly &&
         reach.limit.then == Consequence::kLockout && reach.limit.above <= kPciMost &&
         reach.limit.above > 0 &&
         (!reach.ends_by_itself() || std::max(reach.limit.window, reach.limit.quiet) >= kPciLeast);
}

ComplianceLine Pci(const std::vector<Reach>& reaches) {
  ComplianceLine line{.standard = "PCI DSS 4.0.1 8.3.4", .met = false, .reason = {}};
  auto found = std::find_if(reaches.begin(), reaches.end(), LocksLikePci);
  if (found != reaches.end()) {
    line.met = true;
    line.reason = absl::StrCat(
        "`", found->name, "` locks the user after ", found->limit.above, " attempts ",
        !found->ends_by_itself() ? "until somebody clears it" : "for " + SpanWords(found->refuses_for()));
    return line;
  }
  line.reason =
      "read literally it wants the user locked everywhere for 30 min after 10 attempts, which anybody can "
      "bring about (P1); "
      "the Customized Approach (a factor cannot be guessed online) is the way, with this certificate as "
      "evidence";
  return line;
}

ComplianceLine Asvs(const std::vector<Breach>& findings) {
  ComplianceLine line{.standard = "OWASP ASVS 5.0 §6.1.1", .met = true, .reason = {}};
  auto found = std::find_if(findings.begin(), findings.end(), [](const Breach& finding) {
    return finding.promise == "P1" || finding.promise == "P4" || finding.promise == "P5";
  });
  line.met = found == findings.end();
  line.reason = line.met ? "this certificate (--markdown) documents the controls and how they prevent "
                           "malicious account lockout"
                         : absl::StrCat("malicious account lockout is not prevented: ", found->attack);
  return line;
}

}  // namespace

std::vector<ComplianceLine> JudgeCompliance(const std::vector<Reach>& reaches, const GuessBounds& guesses,
                                            const std::vector<Breach>& findings) {
  return {Nist(guesses), Pci(reaches), Asvs(findings)};
}

}  // namespace latchkey

#include "engine/policy/certificate/certificate.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/policy/certificate/information_flow.h"
#include "engine/policy/certificate/reach.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

struct Promise {
  const char* id;
  const char* title;
  const char* kept;  // why, when no finding says otherwise
  bool by_engine;
};

constexpr std::array<Promise, 11> kPromises = {{
    {"P1", "non-interference", "no counter that refuses a proven lane is fed by anything but that proof",
     false},
    {"P2", "bounded guessing", "the budgets of the lanes add up to no more than the stated bounds", false},
    {"P3", "no races", "every attempt is charged before its password is checked, atomically", true},
    {"P4", "a way in", "no limit that strangers can reach applies to `recovered`", false},
    {"P5", "nothing permanent, nothing extended", "every count that strangers feed ends with its window",
     false},
    {"P6", "bounded cost",
     "records, tables and sketches have fixed bounds, and proven lanes have room of their own", true},
    {"P7", "no oracle", "answers to strangers never depend on whether an account exists or on the password",
     true},
    {"P8", "scope", "every refusal is of one lane, with its reason, end and next way up", false},
    {"P9", "replay", "answers are pure functions of policy, counts and time", true},
    {"P10", "shared addresses", "what an address does makes its strangers wait or solve a CAPTCHA, no more",
     false},
    {"P11", "honest failure",
     "without the store each lane does what `on_store_loss` says, and answers say so", true},
}};

PromiseLine Judge(const Promise& promise, const std::vector<Breach>& findings, const PolicySpec& spec) {
  PromiseLine line{.promise = promise.id,
                   .title = promise.title,
                   .keeping = Keeping::kKept,
                   .by_engine = promise.by_engine,
                   .reason = promise.kept};
  for (const Breach& finding : findings) {
    if (finding.promise != promise.id) continue;
    const bool accepted = spec.accept_risk.contains(promise.id);
    line.keeping = accepted ? Keeping::kAccepted : Keeping::kBroken;
    line.by_engine = false;
    line.reason = absl::StrCat(finding.rule, ": ", finding.attack);
    break;
  }
  return line;
}

// Whom a stake has challenged knows that there is one.
std::vector<Breach> FindToldStakes(const StakesSpec& stakes) {
  if (stakes.limits.empty() || stakes.mode == Mode::kShadow) return {};
  const auto least = std::min_element(stakes.limits.begin(), stakes.limits.end(),
                                      [](const Limit& a, const Limit& b) { return a.above < b.above; });
  std::vector<AttackRequest> requests;
  const AttackRequest wrong{
      .times = least->above,
      .who = "anybody",
      .action = "a wrong password for the owner's account from any address, without a token",
      .answer = "ALLOW"};
  if (least->above > 0) requests.push_back(wrong);
  requests.push_back({.times = 1,
                      .who = wrong.who,
                      .action = wrong.action,
                      .answer = "CHALLENGE where something is at stake, as ever elsewhere"});
  return {{.promise = "P7",
           .rule = "stakes",
           .limit_index = static_cast<int>(least - stakes.limits.begin()),
           .path = "stakes",
           .attack = absl::StrCat(
               least->above + 1, least->above == 0 ? " try" : " tries",
               " from anywhere may tell whether something is at stake for an account: only "
               "then is a stranger challenged after ",
               least->above, least->above == 1 ? " failure in " : " failures in ", SpanWords(least->window)),
           .requests = std::move(requests),
           .mend = "leave `stakes:` out, or look at it first with `mode: shadow`"}};
}

std::vector<std::string> Assumptions(const Policy& policy, Duration token_life) {
  return {
      absl::StrCat("a password check is reported within ", SpanWords(token_life), " or stays charged"),
      "every way to try a password asks first; a guess is a wrong password that was admitted",
      absl::StrCat(
          "the attacker holds a stolen token of each of ", policy.spec().device.devices,
          " devices, sits at each of ", policy.spec().familiar.sources,
          " familiar addresses, has read the owner's mail, solves CAPTCHAs, and has any number of addresses"),
      "counts that a success clears run between two successes",
      "limits by tenant or autonomous system (each node's own) and what callers may omit are not relied on",
      "the store answers; without it P11 says what each lane does",
  };
}

}  // namespace

std::string_view KeepingName(Keeping keeping) {
  constexpr std::array<std::string_view, 3> kNames = {"kept", "broken", "accepted"};
  return kNames[static_cast<size_t>(keeping)];
}

Certificate Certify(const Policy& policy, Duration token_life) {
  const std::vector<Reach> reaches = ReachesOf(policy);
  Certificate certificate{.policy = policy.spec().name};
  certificate.guesses = BoundGuesses(policy, reaches, token_life);
  certificate.codes = BoundCodes(policy, reaches, token_life);
  certificate.findings = FindFlows(reaches);
  const std::vector<Breach> unbounded = FindUnboundedGuesses(certificate.guesses);
  certificate.findings.insert(certificate.findings.end(), unbounded.begin(), unbounded.end());
  const std::vector<Breach> told = FindToldStakes(policy.spec().stakes);
  certificate.findings.insert(certificate.findings.end(), told.begin(), told.end());
  std::stable_sort(certificate.findings.begin(), certificate.findings.end(),
                   [](const Breach& a, const Breach& b) {
                     return std::tuple(a.promise.size(), a.promise) < std::tuple(b.promise.size(), b.promise);
                   });
  for (const Promise& promise : kPromises)
    certificate.promises.push_back(Judge(promise, certificate.findings, policy.spec()));
  certificate.owner_tries = CountOwnerTries(reaches);
  certificate.denials = BoundDenials(reaches, token_life);
  certificate.shared_addresses = BoundSharedAddresses(reaches);
  if (policy.spec().stakes.mode == Mode::kEnforce) {
    for (const Limit& limit : policy.spec().stakes.limits)
      certificate.at_stake.push_back({.above = limit.above, .window = limit.window});
  }
  certificate.compliance = JudgeCompliance(reaches, certificate.guesses, certificate.findings);
  certificate.assumptions = Assumptions(policy, token_life);
  return certificate;
}

std::vector<Breach> Certificate::Unaccepted() const {
  std::vector<Breach> unaccepted;
  for (const Breach& finding : findings) {
    const auto line = std::find_if(promises.begin(), promises.end(), [&](const PromiseLine& promise) {
      return promise.promise == finding.promise;
    });
    if (line != promises.end() && line->keeping == Keeping::kBroken) unaccepted.push_back(finding);
  }
  return unaccepted;
}

std::vector<std::string> Certificate::Accepted() const {
  std::vector<std::string> accepted;
  for (const PromiseLine& line : promises) {
    if (line.keeping == Keeping::kAccepted) accepted.push_back(line.promise);
  }
  return accepted;
}

std::vector<Diagnostic> BrokenPromises(const Certificate& certificate) {
  std::vector<Diagnostic> broken;
  for (const Breach& finding : certificate.Unaccepted()) {
    broken.push_back({finding.path, absl::StrCat("breaks ", finding.promise, ": ", finding.attack),
                      absl::StrCat(finding.mend, ", or give the promise up knowingly: `accept_risk: [",
                                   finding.promise, "]`")});
  }
  return broken;
}

std::vector<Diagnostic> AcceptedRisks(const Certificate& certificate) {
  std::vector<Diagnostic> accepted;
  for (const PromiseLine& line : certificate.promises) {
    if (line.keeping != Keeping::kAccepted) continue;
    accepted.push_back(
        {"accept_risk", absl::StrCat("gives up ", line.promise, " (", line.title, "): ", line.reason), {}});
  }
  return accepted;
}

}  // namespace latchkey

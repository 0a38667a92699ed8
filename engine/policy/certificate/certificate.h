// The certificate of a policy: which promises it keeps, how many guesses it lets through, whom it lets others
// keep out. A static analysis of the compiled policy; docs/certificate.md says what each line means.
//
// Pure functions of a policy; the same policy gives the same certificate.
#pragma once

#include <string>
#include <vector>

#include "engine/policy/certificate/breach.h"
#include "engine/policy/certificate/compliance.h"
#include "engine/policy/certificate/denial_bounds.h"
#include "engine/policy/certificate/guess_bounds.h"
#include "engine/policy/certificate/shared_address.h"
#include "engine/policy/policy.h"

namespace latchkey {

// How long an attempt may await its report (AssessSettings::token_life), unless settings say otherwise.
inline constexpr Duration kUsualTokenLife = std::chrono::minutes(2);

// What becomes of a promise under a policy.
enum class Keeping : uint8_t { kKept, kBroken, kAccepted };
[[nodiscard]] std::string_view KeepingName(Keeping keeping);  // "kept", "broken", "accepted"

struct PromiseLine {
  std::string promise;  // "P1"
  std::string title;    // "non-interference"
  Keeping keeping = Keeping::kKept;
  bool by_engine = false;  // the policy says nothing that could break it
  std::string reason;
};

// What strangers meet earlier on an account for which something is at stake: a challenge past so many
// failures.
struct StakeLine {
  int64_t above = 0;
  Duration window{0};
};

struct Certificate {
  std::string policy;
  std::vector<PromiseLine> promises;  // P1 … P11
  GuessBounds guesses;
  std::vector<CodeBounds> codes;
  OwnerTries owner_tries;
  std::vector<Denial> denials;
  std::vector<SharedAddressLine> shared_addresses;
  std::vector<StakeLine> at_stake;
  std::vector<ComplianceLine> compliance;
  std::vector<Breach> findings;
  std::vector<std::string> assumptions;

  // Findings against promises that the policy does not give up: it must not be loaded.
  [[nodiscard]] std::vector<Breach> Unaccepted() const;
  // Promises that the policy breaks and says so, in order: they stay visible wherever the policy is.
  [[nodiscard]] std::vector<std::string> Accepted() const;
};

[[nodiscard]] Certificate Certify(const Policy& policy, Duration token_life = kUsualTokenLife);

// What stands in the way of loading: one diagnostic a broken promise and place.
[[nodiscard]] std::vector<Diagnostic> BrokenPromises(const Certificate& certificate);

// What is worth knowing at every load: one diagnostic a promise that the policy gives up.
[[nodiscard]] std::vector<Diagnostic> AcceptedRisks(const Certificate& certificate);

}  // namespace latchkey

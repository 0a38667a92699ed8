// Takes what the auth service found, and settles the attempt with it: exactly once, on any node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/assess/observer.h"
#include "engine/assess/reported_attempts.h"
#include "engine/assess/shadow_policy.h"
#include "engine/attempt/tokens.h"
#include "engine/base/pool.h"
#include "engine/base/random.h"
#include "engine/base/under_way.h"
#include "engine/policy/holder.h"
#include "engine/store/revocations.h"
#include "engine/store/signal_store.h"

namespace latchkey {

class Assessor;

// What it looks at lives as long as the call that takes it.
struct Report {
  std::string_view attempt_token;
  Outcome outcome = Outcome::kWrong;
  std::string_view device_name;  // at most kSlotNameMax bytes; of a completed login
};

struct ReportResult {
  SettleResult::State state = SettleResult::State::kSettled;
  bool given_back = false;
  bool source_remembered = false;
  std::string device_token;  // of a completed login
  TimePoint device_token_expires;
  std::string first_factor_token;  // of a right password
};

// All of it must outlive the reporter and its pending calls.
struct ReportParts {
  const Clock& clock;
  const Sealer& sealer;
  const PolicyHolder& policies;
  const Revocations& revocations;
  SignalStore& store;
  SignalStore& local_store;
  Assessor& assessor;
  std::vector<DecisionObserver*> observers;
  ShadowPolicy* shadow = nullptr;  // null: none can be
};

// How many attempts a lane may have given back as "not verified" in a day.
inline constexpr int64_t kNotVerifiedMax = 3;
inline constexpr Duration kNotVerifiedWindow = std::chrono::hours(24);

// Thread-safe. Never blocks, but for its end, which waits for what the store has been asked.
class Reporter {
 public:
  explicit Reporter(ReportParts parts);
  ~Reporter();

  // kInvalidArgument for a token that is not one of ours. A completed login is remembered and gets its device
  // token even when it comes late or the store is gone; the charge of a late one stands.
  void Take(const Report& report, Duration deadline, std::function<void(absl::StatusOr<ReportResult>)> done);

 private:
  struct Pending;

  // A Pending is in somebody's hands until `Answer`, which ends it.
  void Settle(Pending& pending, Duration deadline);
  // Fills the question for the store.
  void Ask(Pending& pending, std::string_view device_name) const;
  // What is to be said of a report that the store need not hear of; nothing when it has to.
  std::optional<SettleResult> SettledAlone(const AttemptToken& token, Outcome outcome, TimePoint now);
  // `settled` is null when no store was asked, or none could say.
  [[nodiscard]] ReportResult ResultOf(const Pending& pending, const SettleResult* settled) const;
  void Answer(Pending& pending, absl::StatusOr<ReportResult> result);

  ReportParts parts_;
  ReportedAttempts reported_;
  Pool<Pending> pendings_;
  UnderWay unawaited_;
};

}  // namespace latchkey

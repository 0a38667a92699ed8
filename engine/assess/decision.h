// What Latchkey answers: an action, whom it is about, why, until when, and the next way up.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/attempt/attempt.h"
#include "engine/attempt/lane.h"
#include "engine/policy/rule.h"
#include "engine/signal/limit.h"

namespace latchkey {

// The numbers are those of latchkey.v1.Action.
enum class Action : uint8_t { kAllow = 1, kThrottle = 2, kChallenge = 3, kLockout = 4 };
[[nodiscard]] std::string_view ActionName(Action action);  // "ALLOW", …

// What an answer is about. Never an account itself.
enum class Scope : uint8_t {
  kAccountLane = 1,
  kDevice = 2,
  kSource = 3,
  kNetwork = 4,
  kTenant = 5,
  kAsn = 6
};
[[nodiscard]] std::string_view ScopeName(Scope scope);  // "account lane", …

// A limit as it stood when the attempt met it.
struct LimitReport {
  std::string rule;  // id of the rule, "lanes.<lane>" for a lane's budget, or "stakes"
  int limit_index = 0;
  std::string counter;  // "failures by account, source"
  int64_t count = 0;
  int64_t above = 0;
  Duration window{0};  // zero: ever
  Consequence then = Consequence::kLockout;
  Scope scope = Scope::kAccountLane;
  bool refuses = false;
  bool provisional = false;
  bool shadow = false;
  bool of_stake = false;           // met only because something is at stake for the account
  bool soon = false;               // of a reason: to be asked again kProvisionalWait after the decision
  std::optional<TimePoint> until;  // else when it admits again; absent: when somebody clears it
  bool operator==(const LimitReport&) const = default;

  // Of a reason: `until`, whichever way it is said.
  [[nodiscard]] std::optional<TimePoint> EndsAt(TimePoint decided) const {
    return soon ? decided + kProvisionalWait : until;
  }
};

// Why an attempt is refused: the limit that decides, then the others. Made once and shared by all copies,
// since an answer that is given again has the same words.
class Reasons {
 public:
  Reasons() = default;
  Reasons(std::vector<LimitReport> reports)  // NOLINT(google-explicit-constructor): they are the reasons
      : reports_(std::make_shared<const std::vector<LimitReport>>(std::move(reports))) {}

  [[nodiscard]] size_t size() const { return reports_ == nullptr ? 0 : reports_->size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] const LimitReport* begin() const { return empty() ? nullptr : reports_->data(); }
  [[nodiscard]] const LimitReport* end() const { return begin() + size(); }
  [[nodiscard]] const LimitReport& operator[](size_t index) const { return (*reports_)[index]; }
  [[nodiscard]] const LimitReport& front() const { return reports_->front(); }

  bool operator==(const Reasons& other) const {
    return reports_ == other.reports_ || std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  std::shared_ptr<const std::vector<LimitReport>> reports_;  // null: none
};

// A stronger lane that the attempt had proved but whose budget was spent.
struct LaneFall {
  Lane lane = Lane::kDevice;
  LimitReport reason;
  bool operator==(const LaneFall&) const = default;
};

// What is decided by counts alone: equal for equal counts, time and policy (P9).
struct Verdict {
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  Scope scope = Scope::kAccountLane;
  Reasons reasons;  // of a refusal, the deciding one first
  std::vector<LaneFall> falls;
  std::optional<TimePoint> until;  // absent on ALLOW, and when only an owner's or operator's act ends it
  Duration retry_after{0};         // of a refusal, from the decision's time
  std::optional<Lane> way_up;      // of a refusal: the lane that still has room
  bool offer_challenge = false;    // the challenged lane has room and the path can show a challenge
  bool advise_second_factor = false;
  bool advise_notify_owner = false;
  // What the answer would have been with the shadowed rules enforced; absent without such rules.
  std::optional<Action> shadow_action;
  bool operator==(const Verdict&) const = default;
};

// What a shadowed policy would have answered; it decides nothing.
struct ShadowAnswer {
  int64_t policy_revision = 0;
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  std::string charge;  // what settles its charge; for the attempt token alone
  bool operator==(const ShadowAnswer&) const = default;
};

// A verdict with what makes it an answer.
struct Decision {
  uint64_t id = 0;  // 63 bits
  Verdict verdict;
  TimePoint at;
  int64_t policy_revision = 0;
  bool degraded = false;
  std::optional<ShadowAnswer> shadow;  // absent while no policy is shadowed
  bool told_afterwards = false;        // the login was let through or refused elsewhere (Assessor::Record)
  std::string attempt_token;           // of ALLOW
  TimePoint attempt_token_expires;
  std::string challenge_id;  // when a challenge is offered
  TimePoint challenge_expires;
};

// "d-" and 16 hexadecimal digits.
[[nodiscard]] std::array<char, 18> DecisionIdChars(uint64_t id);
[[nodiscard]] std::string DecisionIdText(uint64_t id);
[[nodiscard]] std::optional<uint64_t> ParseDecisionId(std::string_view text);

}  // namespace latchkey

// What a backtest has found: plain numbers, the same for the same recording and policies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/backtest/timeline.h"

namespace latchkey {

// One side of a change: what was answered, and in which lane.
struct AnswerKind {
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
};

// Owners: attempts whose password was right.
struct OwnerFindings {
  int64_t logins = 0;
  int64_t refused_before = 0;  // THROTTLE or LOCKOUT
  int64_t refused_after = 0;
  int64_t challenged_before = 0;
  int64_t challenged_after = 0;
  int64_t newly_refused = 0;     // not refused before
  int64_t newly_challenged = 0;  // let through before
  int64_t newly_let_through = 0;
};

// Guesses: attempts whose password, code or account was wrong.
struct GuessFindings {
  int64_t guesses = 0;
  int64_t let_through_before = 0;
  int64_t let_through_after = 0;
  int64_t newly_stopped = 0;
  int64_t newly_let_through = 0;
};

// One account or source that answers differ for.
struct AffectedRow {
  std::string name;
  int64_t attempts = 0;    // whose answers differ
  int64_t owners_hit = 0;  // of them right passwords that would be refused or challenged and were not
  int64_t guesses_stopped = 0;
  int64_t guesses_let_through = 0;
};

// The most affected, exactly while there are no more than twice `capacity` of them. Not thread-safe.
class AffectedList {
 public:
  explicit AffectedList(size_t capacity) : capacity_(capacity) {}
  AffectedRow& Of(const std::string& name);
  // Owners hit first, then by attempts, then by name.
  [[nodiscard]] std::vector<AffectedRow> Top(size_t count) const;

 private:
  void Prune();
  const size_t capacity_;
  absl::flat_hash_map<std::string, AffectedRow> rows_;
};

struct RuleFindings {
  std::string rule;
  int64_t refused_before = 0;
  int64_t refused_after = 0;
};

// Not thread-safe.
class Findings {
 public:
  // How the two engines answered an attempt.
  void AddAnswers(const Played& played);
  // What came of it: right, or wrong.
  void AddOutcome(const Played& played, Outcome outcome);
  void AddRefusedByEngine() { ++not_taken_; }

  static constexpr size_t kActions = 5;
  using ChangeTable =
      std::array<std::array<std::array<std::array<int64_t, kLaneCount>, kActions>, kLaneCount>, kActions>;

  [[nodiscard]] int64_t attempts() const { return attempts_; }
  [[nodiscard]] int64_t differ() const { return differ_; }
  [[nodiscard]] int64_t not_taken() const { return not_taken_; }
  // Refused before, let through after: nobody knows whether the password was right.
  [[nodiscard]] int64_t unknown_outcome() const { return unknown_outcome_; }
  [[nodiscard]] int64_t Count(AnswerKind before, AnswerKind after) const;
  [[nodiscard]] const OwnerFindings& owners(bool proven) const { return owners_[proven ? 1 : 0]; }
  [[nodiscard]] const GuessFindings& guesses(bool proven) const { return guesses_[proven ? 1 : 0]; }
  [[nodiscard]] std::vector<RuleFindings> Rules() const;  // most refusals after first
  [[nodiscard]] const AffectedList& accounts() const { return accounts_; }
  [[nodiscard]] const AffectedList& sources() const { return sources_; }

 private:
  static constexpr size_t kAffectedMax = 20'000;
  static constexpr size_t kRulesMax = 1000;

  RuleFindings* RuleOf(const std::string& rule);

  int64_t attempts_ = 0;
  int64_t differ_ = 0;
  int64_t not_taken_ = 0;
  int64_t unknown_outcome_ = 0;
  ChangeTable changes_{};
  std::array<OwnerFindings, 2> owners_;
  std::array<GuessFindings, 2> guesses_;
  absl::flat_hash_map<std::string, RuleFindings> rules_;
  AffectedList accounts_{kAffectedMax};
  AffectedList sources_{kAffectedMax};
};

}  // namespace latchkey

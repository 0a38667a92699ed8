// What Latchkey tells the rest of the world: a standing has changed, an incident has changed, an owner should
// know that somebody tries to have his account locked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/detect/finding.h"
#include "engine/workflow/standings.h"

namespace latchkey {

// The numbers are stored: they never change.
enum class NoticeKind : uint8_t { kStanding = 1, kIncident = 2, kOwnerNotice = 3, kTest = 4 };
inline constexpr NoticeKind kAllNoticeKinds[] = {NoticeKind::kStanding, NoticeKind::kIncident,
                                                 NoticeKind::kOwnerNotice, NoticeKind::kTest};
[[nodiscard]] std::string_view NoticeKindName(
    NoticeKind kind);  // "standing", "incident", "owner_notice", "test"
[[nodiscard]] std::optional<NoticeKind> NoticeKindFromName(std::string_view name);

// What became of an account's standing.
struct StandingChange {
  StandingState state = StandingState::kGood;
  std::optional<StandingState> previous;  // absent: not known
  std::optional<TimePoint> end;           // of evidence, should nothing more be seen
  std::string reason;
  std::string author;       // empty: evidence
  std::string incident_id;  // empty: none

  [[nodiscard]] bool keeps_commitments() const { return state != StandingState::kCompromised; }
};

// What became of an incident.
struct IncidentChange {
  std::string incident_id;
  std::string state;     // "open", "acknowledged", "resolved", "false_alarm"
  bool is_new = false;   // this is its first notice
  bool is_over = false;  // resolved, a false alarm or closed by silence
  std::string author;    // of a change by people; empty: Latchkey itself
  std::string reason;    // theirs
  Finding finding;       // as it is known now
};

// A value. What it is about is said by `kind`; the part of another kind is empty.
struct Notice {
  NoticeKind kind = NoticeKind::kTest;
  // The same whenever and by whomever the same thing is told: receivers take it once.
  std::string id;
  // Notices of one order key reach a target in the order in which they were submitted.
  std::string order_key;
  // Grows with each change of the book of the ledger that it was read from, the same on every node: tells
  // which of two notices is the younger. 0: it was read from none.
  uint64_t sequence = 0;
  uint8_t book = 0;
  TimePoint at;
  std::string tenant;
  // Whom it is about; a key of zeros where it is about no single account.
  NamedAccount account;
  StandingChange standing;
  IncidentChange incident;
};

// Notices as the rest of the engine makes them.
[[nodiscard]] Notice NoticeOf(const Standing& standing, std::optional<StandingState> previous, TimePoint now);
// One an account and `every`: the same span of time gives the same id, on every node.
[[nodiscard]] Notice OwnerNoticeOf(std::string_view tenant, const NamedAccount& account, Duration every,
                                   TimePoint now);
[[nodiscard]] Notice TestNotice(std::string_view target, uint64_t number, TimePoint now);

}  // namespace latchkey

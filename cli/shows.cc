#include "cli/shows.h"

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "cli/words.h"

namespace latchkey::cli {
namespace {

template <class Kinds>
std::string KindWords(const Kinds& kinds) {
  std::string words;
  for (const int kind : kinds) {
    absl::StrAppend(&words, words.empty() ? "" : ", ", Word(static_cast<v1::ChallengeKind>(kind)));
  }
  return words;
}

std::string WayUpText(const v1::NextWayUp& way) {
  if (way.lane() == v1::LANE_RECOVERED) return "recovered: prove oneself out of band (confirm-owner)";
  const std::string kinds = KindWords(way.challenge_kinds());
  return absl::StrCat(Word(way.lane()), kinds.empty() ? "" : absl::StrCat(": pass ", kinds));
}

std::string AdviceText(const v1::Advice& advice) {
  if (advice.second_factor() && advice.notify_owner()) return "ask for a second factor, notify the owner";
  if (advice.second_factor()) return "ask for a second factor";
  return advice.notify_owner() ? "notify the owner" : "";
}

std::string WindowText(bool has_window, const google::protobuf::Duration& window) {
  return has_window ? DurationWord(window) : "ever";
}

}  // namespace

std::string ReasonText(const v1::Reason& reason, absl::Time now) {
  std::string text = absl::StrCat(reason.rule_id(), ": ", reason.count(), " of ", reason.limit(), " ",
                                  reason.counter(), " in ", WindowText(reason.has_window(), reason.window()));
  if (reason.has_end_time()) absl::StrAppend(&text, ", until ", UntilWord(reason.end_time(), now));
  if (reason.provisional()) absl::StrAppend(&text, " (may still be given back)");
  return text;
}

void ShowDecision(const v1::AssessResponse& decision, absl::Time now, std::ostream& out) {
  Attributes rows;
  rows.Add("action", ActionWord(decision.action()));
  rows.Add("lane", Word(decision.lane()));
  if (decision.scope() != v1::SCOPE_UNSPECIFIED) rows.Add("about", Word(decision.scope()));
  for (const v1::Reason& reason : decision.reasons()) rows.Add("because", ReasonText(reason, now));
  for (const v1::LaneFall& fall : decision.lane_falls()) {
    rows.Add("fell from", absl::StrCat(Word(fall.lane()), ", ", ReasonText(fall.reason(), now)));
  }
  if (decision.has_retry_after()) rows.Add("try again in", DurationWord(decision.retry_after()));
  if (decision.has_end_time()) rows.Add("until", UntilWord(decision.end_time(), now));
  if (decision.has_next_way_up()) rows.Add("way up", WayUpText(decision.next_way_up()));
  if (decision.has_challenge()) {
    rows.Add("challenge", absl::StrCat(KindWords(decision.challenge().kinds()), " until ",
                                       UntilWord(decision.challenge().expire_time(), now)));
    rows.Add("challenge id", decision.challenge().challenge_id());
  }
  rows.Add("advice", AdviceText(decision.advice()));
  if (decision.degraded()) rows.Add("degraded", "the store was not there");
  if (decision.has_shadow()) {
    rows.Add("shadow", absl::StrCat(ActionWord(decision.shadow().action()), " in lane ",
                                    Word(decision.shadow().lane())));
  }
  rows.Add("policy", absl::StrCat("revision ", decision.policy_revision()));
  rows.Add("decision", decision.decision_id());
  rows.Add("attempt token", decision.attempt_token());
  rows.Print(out);
}

void ShowLanes(const google::protobuf::RepeatedPtrField<v1::LaneState>& lanes, absl::Time now,
               std::ostream& out) {
  Table table({{"LANE"},
               {"NOW"},
               {"RULE"},
               {"COUNT", Table::Align::kRight},
               {"OF", Table::Align::kRight},
               {"IN"},
               {"THEN"},
               {"UNTIL"},
               {"WHAT IS COUNTED"}});
  for (const v1::LaneState& lane : lanes) {
    std::string name = Word(lane.lane());
    std::string action = absl::StrCat(ActionWord(lane.action()), lane.spent() ? " (spent)" : "");
    if (lane.limits().empty()) table.Add({name, action});
    for (const v1::LimitState& limit : lane.limits()) {
      table.Add({name, action, limit.rule_id(), absl::StrCat(limit.count()), absl::StrCat(limit.limit()),
                 WindowText(limit.has_window(), limit.window()),
                 limit.action() == v1::ACTION_UNSPECIFIED ? "" : ActionWord(limit.action()),
                 limit.has_end_time() ? UntilWord(limit.end_time(), now) : "", limit.counter()});
      name.clear();  // once a lane
      action.clear();
    }
  }
  table.Print(out);
}

}  // namespace latchkey::cli

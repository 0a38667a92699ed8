#include "adapters/grpc/explain_codec.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

std::string TimeText(TimePoint time) {
  const absl::Time instant = absl::FromUnixMillis(time.time_since_epoch().count());
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", instant, absl::UTCTimeZone());
}

std::string LimitText(const LimitReport& limit) {
  std::string text = absl::StrCat(limit.count, " ", limit.counter);
  if (limit.window > Duration::zero()) {
    absl::StrAppend(&text, " in ", absl::FormatDuration(absl::Milliseconds(limit.window.count())));
  } else {
    absl::StrAppend(&text, " since the last success");
  }
  absl::StrAppend(&text, ", of ", limit.above, " admitted (", limit.rule, ", limit ", limit.limit_index + 1,
                  ")");
  if (limit.provisional) absl::StrAppend(&text, ", some of which may still be given back");
  return text;
}

}  // namespace

std::string ExplanationText(const Explanation& explanation) {
  const Verdict& verdict = explanation.decision.verdict;
  std::string text =
      absl::StrCat(ToAbsl(ActionName(verdict.action)), " in lane ", ToAbsl(LaneName(verdict.lane)));
  if (verdict.action != Action::kAllow && verdict.until) {
    absl::StrAppend(&text, " until ", TimeText(*verdict.until));
  }
  absl::StrAppend(&text, ".\n");
  for (const LaneFall& fall : verdict.falls) {
    absl::StrAppend(&text, "Lane ", ToAbsl(LaneName(fall.lane)), " is spent: ", LimitText(fall.reason),
                    ".\n");
  }
  for (const LimitReport& reason : verdict.reasons) {
    absl::StrAppend(&text, "Because of ", LimitText(reason), ".\n");
  }
  if (verdict.way_up) {
    absl::StrAppend(&text, "The next way up is lane ", ToAbsl(LaneName(*verdict.way_up)), ".\n");
  }
  if (explanation.decision.degraded) absl::StrAppend(&text, "The store was not there.\n");
  return text;
}

void Encode(const Explanation& explanation, const google::protobuf::RepeatedField<int>& kinds,
            v1::ExplainResponse* out) {
  Decision decision = explanation.decision;
  decision.attempt_token.clear();
  decision.challenge_id.clear();
  Encode(std::move(decision), kinds, out->mutable_decision());
  for (const LaneReport& lane : explanation.lanes) Encode(lane, out->add_lanes());
  EncodeTime(explanation.decision.at, out->mutable_decide_time());
  out->set_text(ExplanationText(explanation));
}

}  // namespace latchkey

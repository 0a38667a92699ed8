// assess, report, explain: what an auth service asks, by hand.
#include <memory>

#include "absl/time/clock.h"
#include "cli/attempt_flags.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/shows.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Guard = v1::LoginGuardService::Stub;

absl::StatusOr<ExitCode> Assess(Session& session, const AttemptFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto request, ToRequest(flags, session));
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::Assess, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    ShowDecision(answer, absl::Now(), session.out());
  }
  return answer.action() == v1::ACTION_ALLOW ? ExitCode::kOk : ExitCode::kRefused;
}

struct ReportFlags {
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  std::string token_file = "-";
  std::string device_name;
};

absl::StatusOr<ExitCode> Report(Session& session, const ReportFlags& flags) {
  v1::ReportRequest request;
  LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_attempt_token(),
                            ReadToken(flags.token_file, session.in(), "attempt_token"));
  request.set_outcome(flags.outcome);
  request.set_device_name(flags.device_name);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::Report, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Attributes rows;
  rows.Add("settlement", Word(answer.settlement()));
  if (answer.source_remembered()) rows.Add("source", "remembered as familiar");
  rows.Add("device token", answer.device_token());
  if (answer.has_device_token_expire_time()) {
    rows.Add("valid until", TimeWord(answer.device_token_expire_time()));
  }
  rows.Add("first factor token", answer.first_factor_token());
  rows.Print(session.out());
  return ExitCode::kOk;
}

struct ExplainFlags {
  AttemptFlags attempt;
  std::string decision_id;
};

absl::StatusOr<ExitCode> Explain(Session& session, const ExplainFlags& flags) {
  v1::ExplainRequest request;
  if (!flags.decision_id.empty()) {
    request.set_decision_id(flags.decision_id);
  } else if (flags.attempt.account.empty() || flags.attempt.source.empty()) {
    return absl::InvalidArgumentError("explain wants ACCOUNT and SOURCE, or --decision ID");
  } else {
    LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_attempt(), ToRequest(flags.attempt, session));
  }
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Guard::Explain, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  // Counts of a past decision are shown as of then.
  const absl::Time then = answer.has_decide_time() ? ToTime(answer.decide_time()) : absl::Now();
  ShowDecision(answer.decision(), then, session.out());
  session.out() << '\n';
  ShowLanes(answer.lanes(), then, session.out());
  if (!answer.text().empty()) session.out() << '\n' << answer.text() << '\n';
  return ExitCode::kOk;
}

}  // namespace

void AddGuardVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& assess = *app.add_subcommand("assess", "Ask what to do with an attempt; ALLOW is charged");
  auto attempt = std::make_shared<AttemptFlags>();
  AddAttemptFlags(assess, *attempt, Presence::kRequired);
  chosen.On(assess, [attempt](Session& session) { return Assess(session, *attempt); });

  auto& report = *app.add_subcommand("report", "Say how an admitted attempt ended");
  report.footer("latchkey assess alice 192.0.2.7 -o json | latchkey report wrong");
  auto outcome = std::make_shared<ReportFlags>();
  AddEnum(report, "OUTCOME", outcome->outcome, "How it ended")->required();
  report
      .add_option("--attempt-token", outcome->token_file, "File of the token that assess gave [-: the input]")
      ->type_name("FILE");
  report.add_option("--device-name", outcome->device_name, "Names the device of a complete login")
      ->type_name("NAME");
  chosen.On(report, [outcome](Session& session) { return Report(session, *outcome); });

  auto& explain = *app.add_subcommand("explain", "Say what an attempt would be answered, or why one was");
  auto subject = std::make_shared<ExplainFlags>();
  AddAttemptFlags(explain, subject->attempt, Presence::kOptional);
  explain.add_option("--decision", subject->decision_id, "Explain this past decision")->type_name("ID");
  chosen.On(explain, [subject](Session& session) { return Explain(session, *subject); });
}

}  // namespace latchkey::cli

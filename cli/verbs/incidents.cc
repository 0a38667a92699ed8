// incidents: recognised attacks, and what people say of them.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/incident_text.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/incidents.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Incidents = v1::IncidentsService::Stub;

struct ListFlags {
  std::vector<v1::IncidentState> states;
  std::vector<v1::AttackKind> kinds;
  std::string account;
  std::string source;
  absl::Duration span = absl::ZeroDuration();
  int limit = 20;
};

struct SayFlags {
  std::string incident;
  std::string reason;
};

struct WatchFlags {
  std::string cursor;
  int64_t count = 0;
};

bool Printed(Session& session, const google::protobuf::Message& answer) {
  if (session.json()) session.out() << ToJson(answer) << '\n';
  return session.json();
}

std::vector<std::string> Cells(const v1::Incident& incident, absl::Time now) {
  std::vector<std::string> suspects;
  for (const v1::IncidentSuspect& suspect : incident.suspects()) {
    if (suspects.size() < 3) suspects.push_back(PartyWord(suspect.account()));
  }
  return {incident.incident_id(),
          SinceWord(incident.last_seen_time(), now),
          Word(incident.severity()),
          Word(incident.kind()),
          Word(incident.state()),
          absl::StrJoin(suspects, ", "),
          incident.text()};
}

std::vector<Table::Column> Columns() {
  return {{"INCIDENT"}, {"LAST SEEN"}, {"SEVERITY"}, {"KIND"}, {"STATE"}, {"SUSPECTS"}, {"WHAT"}};
}

absl::StatusOr<ExitCode> List(Session& session, const ListFlags& flags) {
  v1::ListIncidentsRequest request;
  for (const v1::IncidentState state : flags.states) request.add_states(state);
  for (const v1::AttackKind kind : flags.kinds) request.add_kinds(kind);
  if (!flags.account.empty() || !flags.source.empty()) request.set_tenant(session.settings().tenant);
  request.set_account(flags.account);
  request.set_source(flags.source);
  const absl::Time now = absl::Now();
  if (flags.span > absl::ZeroDuration())
    request.mutable_start_time()->set_seconds(absl::ToUnixSeconds(now - flags.span));
  request.set_page_size(std::min(flags.limit, 100));
  v1::ListIncidentsResponse all;
  LATCHKEY_RETURN_IF_ERROR(
      ForEachPage(session, &Incidents::ListIncidents, request, [&](const v1::ListIncidentsResponse& page) {
        all.MergeFrom(page);
        return all.incidents_size() < flags.limit;
      }));
  all.clear_next_page_token();
  if (all.incidents_size() > flags.limit)
    all.mutable_incidents()->DeleteSubrange(flags.limit, all.incidents_size() - flags.limit);
  if (Printed(session, all)) return ExitCode::kOk;
  Table table(Columns());
  for (const v1::Incident& incident : all.incidents()) table.Add(Cells(incident, now));
  table.Print(session.out());
  if (table.empty()) session.err() << "no incidents\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& incident) {
  v1::GetIncidentRequest request;
  request.set_incident_id(incident);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Incidents::GetIncident, request));
  if (!Printed(session, answer)) ShowIncident(answer.incident(), absl::Now(), session.out());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Watch(Session& session, const WatchFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto channel, session.Channel());
  Incidents stub(channel);
  v1::WatchIncidentsRequest request;
  request.set_cursor(flags.cursor);
  grpc::ClientContext context;
  const Settings& settings = session.settings();
  session.Prepare(context, settings.timeout_given ? std::optional(settings.timeout) : std::nullopt);
  const auto reader = stub.WatchIncidents(&context, request);
  v1::WatchIncidentsResponse change;
  int64_t shown = 0;
  const auto enough = [&] { return (flags.count > 0 && shown >= flags.count) || !session.out(); };
  while (!enough() && reader->Read(&change)) {
    if (session.json()) {
      session.out() << ToJson(change, JsonShape::kOneLine) << '\n';
    } else if (change.has_incident()) {
      session.out() << absl::StrJoin(Cells(change.incident(), absl::Now()), "  ") << '\n';
    }
    if (change.has_incident()) ++shown;
    session.out().flush();
  }
  if (enough()) context.TryCancel();
  const grpc::Status status = reader->Finish();
  const bool timed_out = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && settings.timeout_given;
  if (status.ok() || status.error_code() == grpc::StatusCode::CANCELLED || timed_out) return ExitCode::kOk;
  return session.ToStatus(status);
}

template <class Request, class Response>
Verb Say(grpc::Status (Incidents::*method)(grpc::ClientContext*, const Request&, Response*),
         std::shared_ptr<SayFlags> flags) {
  return [method, flags](Session& session) -> absl::StatusOr<ExitCode> {
    Request request;
    request.set_incident_id(flags->incident);
    request.set_reason(flags->reason);
    LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(method, request));
    if (!Printed(session, answer)) {
      session.out() << answer.incident().incident_id() << " is " << Word(answer.incident().state()) << '\n';
    }
    return ExitCode::kOk;
  };
}

// "25%"; nothing of nothing.
std::string ShareText(int64_t part, int64_t whole) {
  if (whole <= 0) return "";
  return absl::StrFormat("%.0f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

absl::StatusOr<ExitCode> Report(Session& session, absl::Duration span) {
  v1::GetDetectorReportRequest request;
  request.mutable_span()->set_seconds(absl::ToInt64Seconds(span));
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Incidents::GetDetectorReport, request));
  if (Printed(session, answer)) return ExitCode::kOk;
  constexpr auto kRight = Table::Align::kRight;
  Table table({{"DETECTOR"},
               {"INCIDENTS", kRight},
               {"OPEN", kRight},
               {"RESOLVED", kRight},
               {"ENDED", kRight},
               {"FALSE", kRight},
               {"OF ALL", kRight},
               {"HIGHEST FALSE", kRight},
               {"WHY FALSE"}});
  for (const v1::DetectorReport& report : answer.detectors()) {
    table.Add(
        {Word(report.kind()), absl::StrCat(report.incidents()), absl::StrCat(report.open()),
         absl::StrCat(report.resolved_by_people()), absl::StrCat(report.ended_by_silence()),
         absl::StrCat(report.false_alarms()), ShareText(report.false_alarms(), report.incidents()),
         report.false_alarms() == 0 ? "" : absl::StrFormat("%.0f%%", 100 * report.false_confidence_max()),
         absl::StrJoin(report.false_reasons(), "; ")});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "no incidents\n";
  return ExitCode::kOk;
}

std::pair<CLI::App*, std::shared_ptr<SayFlags>> AddSay(CLI::App& app, const std::string& name,
                                                       const std::string& help) {
  auto* verb = app.add_subcommand(name, help);
  auto flags = std::make_shared<SayFlags>();
  verb->add_option("INCIDENT", flags->incident, "Which, as list shows it")->required()->type_name("");
  verb->add_option("--reason", flags->reason, "Why")->type_name("TEXT");
  return {verb, flags};
}

void AddReading(CLI::App& incidents, ChosenVerb& chosen) {
  auto& list = *incidents.add_subcommand("list", "List incidents, the newest first");
  auto listing = std::make_shared<ListFlags>();
  AddEnums(list, "--state", listing->states, "Only in such a state; repeatable");
  AddEnums(list, "--kind", listing->kinds, "Only of such a kind; repeatable");
  list.add_option("--account", listing->account, "Only with this victim or suspect")->type_name("ACCOUNT");
  list.add_option("--source", listing->source, "Only from this address")->type_name("ADDRESS");
  AddDuration(list, "--span", listing->span, "Only what was seen lately [all]");
  list.add_option("--limit", listing->limit, "At most this many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  chosen.On(list, [listing](Session& session) { return List(session, *listing); });

  auto& show = *incidents.add_subcommand("show", "Show one incident: evidence, suspects, timeline");
  auto showing = std::make_shared<std::string>();
  show.add_option("INCIDENT", *showing, "Which, as list shows it")->required()->type_name("");
  chosen.On(show, [showing](Session& session) { return Show(session, *showing); });

  auto& watch = *incidents.add_subcommand("watch", "Show incidents as they change");
  auto watching = std::make_shared<WatchFlags>();
  watch.add_option("--cursor", watching->cursor, "Go on after this change, as -o json shows it")
      ->type_name("CURSOR");
  watch.add_option("--count", watching->count, "End after this many")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  chosen.On(watch, [watching](Session& session) { return Watch(session, *watching); });

  auto& report = *incidents.add_subcommand("report", "Show what became of each detector's incidents");
  auto span = std::make_shared<absl::Duration>(absl::Hours(24 * 30));
  AddDuration(report, "--span", *span, "How far back [30d]");
  chosen.On(report, [span](Session& session) { return Report(session, *span); });
}

}  // namespace

void AddIncidentVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& incidents = *app.add_subcommand("incidents", "List, show and close recognised attacks");
  incidents.require_subcommand(1);
  AddReading(incidents, chosen);
  auto [ack, acking] = AddSay(incidents, "ack", "Say that somebody looks at it");
  chosen.On(*ack, Say(&Incidents::AcknowledgeIncident, acking));
  auto [resolve, resolving] = AddSay(incidents, "resolve", "Say that it is over");
  resolve->get_option("--reason")->required();
  chosen.On(*resolve, Say(&Incidents::ResolveIncident, resolving));
  auto [alarm, alarming] = AddSay(incidents, "false-alarm", "Say that it was no attack");
  alarm->get_option("--reason")->required();
  chosen.On(*alarm, Say(&Incidents::MarkFalseAlarm, alarming));
}

}  // namespace latchkey::cli

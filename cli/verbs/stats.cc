// stats, top, watch: what has been decided over time, who is attacked, by whom, what is closed, and what is
// decided right now.
#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/stats.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Stats = v1::StatsService::Stub;

struct TopFlags {
  std::string what = "accounts";
  int limit = 20;
};

// The first `limit` rows of a list that comes in pages.
template <class Request, class Response, class RowsOf>
absl::StatusOr<Response> FirstRows(Session& session,
                                   grpc::Status (Stats::*method)(grpc::ClientContext*, const Request&,
                                                                 Response*),
                                   int limit, RowsOf rows_of) {
  Response all;
  Request request;
  request.set_page_size(std::min(limit, 100));
  LATCHKEY_RETURN_IF_ERROR(ForEachPage(session, method, request, [&](const Response& page) {
    all.MergeFrom(page);
    return rows_of(all)->size() < limit;
  }));
  all.clear_next_page_token();
  auto* rows = rows_of(all);
  if (rows->size() > limit) rows->DeleteSubrange(limit, rows->size() - limit);
  return all;
}

std::vector<Table::Column> TopColumns(const char* what) {
  constexpr auto kRight = Table::Align::kRight;
  return {
      {what}, {"ATTEMPTS", kRight}, {"REFUSED", kRight}, {"FAILURES", kRight}, {"MAY BE LESS BY", kRight}};
}

template <class Row>
std::vector<std::string> TopCells(const std::string& who, const Row& row) {
  return {who, absl::StrCat(row.attempts()), absl::StrCat(row.refused()), absl::StrCat(row.failures()),
          absl::StrCat(row.error())};
}

// Of how many nodes a list is, and what is not in it.
template <class Response>
void ShowReach(const Response& answer, Session& session) {
  if (answer.unlisted_hits_max() > 0)
    session.err() << "whoever is not listed has at most " << answer.unlisted_hits_max() << " hits\n";
  if (answer.node_count() > 1) session.err() << "of " << Counted(answer.node_count(), "node") << '\n';
}

// Lists the rows of one kind; `name_of` says who a row is.
template <class Request, class Response, class RowsOf, class NameOf>
absl::StatusOr<ExitCode> Top(Session& session,
                             grpc::Status (Stats::*method)(grpc::ClientContext*, const Request&, Response*),
                             int limit, const char* title, RowsOf rows_of, NameOf name_of,
                             const char* nobody = "nobody has tried to log in lately") {
  LATCHKEY_ASSIGN_OR_RETURN(Response answer, FirstRows(session, method, limit, rows_of));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Table table(TopColumns(title));
  for (const auto& row : *rows_of(answer)) table.Add(TopCells(name_of(row), row));
  table.Print(session.out());
  if (table.empty()) session.err() << nobody << '\n';
  ShowReach(answer, session);
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> TopAccounts(Session& session, int limit) {
  return Top(
      session, &Stats::ListTopAccounts, limit, "ACCOUNT",
      [](v1::ListTopAccountsResponse& all) { return all.mutable_accounts(); },
      [](const v1::TopAccount& row) {
        if (row.account().empty()) return row.account_key();
        return row.tenant().empty() || row.tenant() == "default"
                   ? row.account()
                   : absl::StrCat(row.tenant(), "/", row.account());
      });
}

absl::StatusOr<ExitCode> TopSources(Session& session, int limit) {
  return Top(
      session, &Stats::ListTopSources, limit, "SOURCE",
      [](v1::ListTopSourcesResponse& all) { return all.mutable_sources(); },
      [](const v1::TopSource& row) { return row.source().empty() ? row.source_key() : row.source(); });
}

absl::StatusOr<ExitCode> TopNetworks(Session& session, int limit) {
  return Top(
      session, &Stats::ListTopNetworks, limit, "NETWORK",
      [](v1::ListTopNetworksResponse& all) { return all.mutable_networks(); },
      [](const v1::TopNetwork& row) { return row.network().empty() ? row.network_key() : row.network(); });
}

absl::StatusOr<ExitCode> TopAsns(Session& session, int limit) {
  return Top(
      session, &Stats::ListTopAsns, limit, "ASN",
      [](v1::ListTopAsnsResponse& all) { return all.mutable_asns(); },
      [](const v1::TopAsn& row) { return absl::StrCat("AS", row.asn()); },
      "no attempt has come with the number of an autonomous system lately (Assess: `asn`)");
}

absl::StatusOr<ExitCode> TopRefusals(Session& session, int limit) {
  const auto rows_of = [](v1::ListActiveRefusalsResponse& all) { return all.mutable_refusals(); };
  LATCHKEY_ASSIGN_OR_RETURN(const v1::ListActiveRefusalsResponse answer,
                            FirstRows(session, &Stats::ListActiveRefusals, limit, rows_of));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Table table(
      {{"ABOUT"}, {"WHO"}, {"LANE"}, {"ANSWER"}, {"RULE"}, {"UNTIL"}, {"REFUSED", Table::Align::kRight}});
  for (const v1::ActiveRefusal& row : answer.refusals()) {
    table.Add({Word(row.scope()), row.subject().empty() ? row.subject_key() : row.subject(), Word(row.lane()),
               ActionWord(row.action()), row.rule_id(),
               row.has_end_time() ? UntilWord(row.end_time(), absl::Now()) : "somebody opens it",
               absl::StrCat(row.refused())});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "nothing is closed\n";
  if (answer.left_out() > 0) session.err() << "(" << answer.left_out() << " more were left out)\n";
  if (answer.node_count() > 1) session.err() << "of " << Counted(answer.node_count(), "node") << '\n';
  return ExitCode::kOk;
}

struct StatsFlags {
  v1::QueryTimeSeriesRequest::Dimension by = v1::QueryTimeSeriesRequest::DIMENSION_ACTION;
  absl::Duration span = absl::Hours(1);
  absl::Duration step = absl::ZeroDuration();
  int series = 20;
  bool refused = false;
};

// Some 60 points, in steps of what is kept for so long.
absl::Duration UsualStep(absl::Duration span) {
  if (span < absl::Minutes(15)) return absl::Seconds(std::max<int64_t>(1, span / absl::Seconds(60)));
  if (span < absl::Hours(24)) return absl::Minutes(std::max<int64_t>(1, span / absl::Minutes(60)));
  return absl::Hours(std::max<int64_t>(1, span / absl::Hours(60)));
}

absl::StatusOr<ExitCode> TimeSeries(Session& session, const StatsFlags& flags) {
  v1::QueryTimeSeriesRequest request;
  const absl::Time now = absl::Now();
  request.mutable_start_time()->set_seconds(absl::ToUnixSeconds(now - flags.span));
  const absl::Duration step = flags.step > absl::ZeroDuration() ? flags.step : UsualStep(flags.span);
  request.mutable_step()->set_seconds(absl::ToInt64Seconds(step));
  request.set_dimension(flags.by);
  request.set_refused_only(flags.refused);
  request.set_series_max(flags.series);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Stats::QueryTimeSeries, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  std::vector<Table::Column> columns = {{"BEGINS"}};
  for (const auto& series : answer.series()) {
    const bool timed = request.dimension() == v1::QueryTimeSeriesRequest::DIMENSION_LATENCY;
    columns.push_back({absl::AsciiStrToUpper(series.label()) + (timed ? " US" : ""), Table::Align::kRight});
  }
  Table table(std::move(columns));
  const int points = answer.series().empty() ? 0 : answer.series(0).counts_size();
  google::protobuf::Timestamp at = answer.start_time();
  for (int i = 0; i < points; ++i, at.set_seconds(at.seconds() + answer.step().seconds())) {
    std::vector<std::string> cells = {TimeWord(at)};
    for (const auto& series : answer.series()) cells.push_back(absl::StrCat(series.counts(i)));
    table.Add(std::move(cells));
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "nothing was counted in that time\n";
  if (answer.node_count() > 1) session.err() << "of " << Counted(answer.node_count(), "node") << '\n';
  return ExitCode::kOk;
}

struct WatchFlags {
  std::vector<v1::Action> actions;
  int backlog = 10;
  int64_t count = 0;
};

void ShowEvent(const v1::DecisionEvent& event, Session& session) {
  if (session.json()) {
    session.out() << ToJson(event, JsonShape::kOneLine) << '\n';
    return;
  }
  const auto pad = [](std::string text, size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  session.out() << TimeWord(event.decide_time()) << "  " << pad(ActionWord(event.action()), 9) << "  "
                << pad(Word(event.lane()), 10) << "  account " << event.account_key().substr(0, 12)
                << "  source " << event.source_key().substr(0, 12) << "  " << event.decision_id()
                << (event.degraded() ? "  degraded" : "") << "  " << Printable(event.rule_id()) << '\n';
}

absl::StatusOr<ExitCode> Watch(Session& session, const WatchFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto channel, session.Channel());
  v1::WatchDecisionsRequest request;
  for (const v1::Action action : flags.actions) request.add_actions(action);
  request.set_backlog(flags.backlog);
  Stats stub(channel);
  grpc::ClientContext context;
  const Settings& settings = session.settings();
  session.Prepare(context, settings.timeout_given ? std::optional(settings.timeout) : std::nullopt);
  const auto reader = stub.WatchDecisions(&context, request);
  v1::WatchDecisionsResponse batch;
  int64_t shown = 0;
  const auto enough = [&] { return (flags.count > 0 && shown >= flags.count) || !session.out(); };
  while (!enough() && reader->Read(&batch)) {
    if (batch.dropped() > 0)
      session.err() << "(" << Counted(batch.dropped(), "decision") << " lost: too slow)\n";
    for (const v1::DecisionEvent& event : batch.decisions()) {
      if (enough()) break;
      ShowEvent(event, session);
      ++shown;
    }
    session.out().flush();
  }
  if (enough()) context.TryCancel();
  const grpc::Status status = reader->Finish();
  const bool timed_out = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && settings.timeout_given;
  if (status.ok() || status.error_code() == grpc::StatusCode::CANCELLED || timed_out) return ExitCode::kOk;
  return session.ToStatus(status);
}

}  // namespace

void AddStatsVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& stats = *app.add_subcommand("stats", "Show decisions over time, of all nodes");
  auto series = std::make_shared<StatsFlags>();
  AddEnum(stats, "--by", series->by, "One column for each of these [action]");
  AddDuration(stats, "--span", series->span, "How far back, 30 days at most [1h]");
  AddDuration(stats, "--step", series->step, "The width of a row: whole seconds, minutes or hours");
  stats.add_option("--series", series->series, "At most this many columns, and one for the rest [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
  stats.add_flag("--refused", series->refused, "Count only refusals (by lane, tenant or path)");
  chosen.On(stats, [series](Session& session) { return TimeSeries(session, *series); });

  auto& top = *app.add_subcommand(
      "top",
      "List the most attacked accounts, who attacks most (sources, networks, asns), or what is closed");
  auto flags = std::make_shared<TopFlags>();
  top.add_option("WHAT", flags->what, "accounts, sources, networks, asns or refusals [accounts]")
      ->check(CLI::IsMember({"accounts", "sources", "networks", "asns", "refusals"}))
      ->type_name("");
  top.add_option("--limit", flags->limit, "At most this many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  chosen.On(top, [flags](Session& session) {
    if (flags->what == "sources") return TopSources(session, flags->limit);
    if (flags->what == "networks") return TopNetworks(session, flags->limit);
    if (flags->what == "asns") return TopAsns(session, flags->limit);
    if (flags->what == "refusals") return TopRefusals(session, flags->limit);
    return TopAccounts(session, flags->limit);
  });

  auto& watch =
      *app.add_subcommand("watch", "Show decisions as they are made; one JSON object a line with -o json");
  auto watching = std::make_shared<WatchFlags>();
  AddEnums(watch, "--action", watching->actions, "Only such decisions; repeatable");
  watch.add_option("--backlog", watching->backlog, "Begin with this many of the latest [10]")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  watch.add_option("--count", watching->count, "End after this many")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  chosen.On(watch, [watching](Session& session) { return Watch(session, *watching); });
}

}  // namespace latchkey::cli

// top, watch: who is attacked, by whom, and what is decided right now.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
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

absl::StatusOr<ExitCode> TopAccounts(Session& session, int limit) {
  LATCHKEY_ASSIGN_OR_RETURN(
      const auto answer, FirstRows(session, &Stats::ListTopAccounts, limit,
                                   [](v1::ListTopAccountsResponse& all) { return all.mutable_accounts(); }));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Table table(TopColumns("ACCOUNT"));
  for (const auto& row : answer.accounts()) {
    const std::string named = row.tenant().empty() || row.tenant() == "default"
                                  ? row.account()
                                  : absl::StrCat(row.tenant(), "/", row.account());
    table.Add(TopCells(row.account().empty() ? row.account_key() : named, row));
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "nobody has tried to log in lately\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> TopSources(Session& session, int limit) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer,
                            FirstRows(session, &Stats::ListTopSources, limit,
                                      [](v1::ListTopSourcesResponse& all) { return all.mutable_sources(); }));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Table table(TopColumns("SOURCE"));
  for (const auto& row : answer.sources()) {
    table.Add(TopCells(row.source().empty() ? row.source_key() : row.source(), row));
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "nobody has tried to log in lately\n";
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
  auto& top = *app.add_subcommand("top", "List the most attacked accounts or the most attacking sources");
  auto flags = std::make_shared<TopFlags>();
  top.add_option("WHAT", flags->what, "accounts or sources [accounts]")
      ->check(CLI::IsMember({"accounts", "sources"}))
      ->type_name("");
  top.add_option("--limit", flags->limit, "At most this many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  chosen.On(top, [flags](Session& session) {
    return flags->what == "sources" ? TopSources(session, flags->limit) : TopAccounts(session, flags->limit);
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

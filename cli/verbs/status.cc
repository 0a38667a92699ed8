// status: one account explained, or the last hour in numbers.
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/json.h"
#include "cli/shows.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/stats.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Stats = v1::StatsService::Stub;

struct StatusFlags {
  std::string account;
  std::string source;
  absl::Duration span = absl::Hours(1);
};

absl::StatusOr<ExitCode> Account(Session& session, const StatusFlags& flags) {
  v1::DescribeAccountRequest request;
  request.set_tenant(session.settings().tenant);
  request.set_account(flags.account);
  request.set_source(flags.source);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Stats::DescribeAccount, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Attributes rows;
  rows.Add("account", flags.account);
  rows.Add("pseudonym", answer.account_key());
  rows.Add("devices", absl::StrCat(answer.device_count()));
  rows.Add("familiar sources", absl::StrCat(answer.source_count()));
  rows.Add("in flight or just failed", Counted(answer.pending_count(), "attempt"));
  rows.Print(session.out());
  session.out() << '\n';
  const absl::Time now = answer.has_describe_time() ? ToTime(answer.describe_time()) : absl::Now();
  ShowLanes(answer.lanes(), now, session.out());
  return ExitCode::kOk;
}

std::string IncidentWord(v1::StoreIncidentKind kind) {
  switch (kind) {
    case v1::STORE_INCIDENT_KIND_WIPED:
      return "wiped";
    case v1::STORE_INCIDENT_KIND_ROLLED_BACK:
      return "rolled back";
    case v1::STORE_INCIDENT_KIND_FAILED_OVER:
      return "failed over";
    case v1::STORE_INCIDENT_KIND_FOREIGN_ENVIRONMENT:
      return "foreign";
    default:
      return "unknown";
  }
}

void ShowStore(const v1::StoreState& store, std::ostream& out) {
  out << "store " << store.store() << (store.up() ? " answers" : " DOES NOT ANSWER: decisions are degraded");
  if (store.restoring()) out << "; what was lost is being put back";
  if (store.waiting_to_merge() > 0)
    out << "; " << Counted(store.waiting_to_merge(), "record") << " counted here wait to be brought back";
  out << '\n';
  for (const v1::StoreShard& shard : store.shards()) {
    const absl::Duration skew =
        absl::Seconds(shard.clock_skew().seconds()) + absl::Nanoseconds(shard.clock_skew().nanos());
    if (!shard.up()) out << "  " << shard.name() << " does not answer\n";
    if (absl::AbsDuration(skew) > absl::Seconds(1)) {
      out << "  " << shard.name() << ": its clock is " << absl::FormatDuration(absl::AbsDuration(skew))
          << (skew > absl::ZeroDuration() ? " ahead of" : " behind") << " this node's\n";
    }
  }
  for (const v1::StoreIncident& incident : store.incidents()) {
    out << "  " << TimeWord(incident.time()) << ' ' << IncidentWord(incident.kind()) << ", "
        << incident.shard() << ": " << incident.description() << '\n';
  }
}

void ShowLatency(const char* what, const v1::LatencySummary& latency, std::ostream& out) {
  if (latency.count() == 0) return;
  const auto word = [](const google::protobuf::Duration& time) {
    return absl::FormatDuration(absl::Seconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
  };
  out << what << ": half take at most " << word(latency.p50()) << "; nine of ten " << word(latency.p90())
      << ", 99 of a hundred " << word(latency.p99()) << ", 999 of a thousand " << word(latency.p999())
      << '\n';
}

void ShowIncidents(const v1::IncidentSummary& incidents, std::ostream& out) {
  for (const v1::IncidentTotal& total : incidents.totals()) {
    out << Counted(total.open() + total.acknowledged(), Word(total.severity()) + " incident") << " of "
        << Word(total.kind());
    if (total.acknowledged() > 0) out << ", " << total.acknowledged() << " acknowledged";
    out << '\n';
  }
}

absl::StatusOr<ExitCode> Summary(Session& session, const StatusFlags& flags) {
  v1::GetSummaryRequest request;
  request.mutable_span()->set_seconds(absl::ToInt64Seconds(flags.span));
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Stats::GetSummary, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  Table table({{"WHAT"}, {"WHICH"}, {"COUNT", Table::Align::kRight}});
  table.Add({"decisions", "all", absl::StrCat(answer.decisions())});
  for (const auto& total : answer.actions()) {
    table.Add({"answered", ActionWord(total.action()), absl::StrCat(total.count())});
  }
  for (const auto& total : answer.lanes()) {
    table.Add({"in lane", Word(total.lane()), absl::StrCat(total.count())});
  }
  for (const auto& total : answer.rules()) {
    table.Add({"refused by", total.rule_id(), absl::StrCat(total.count())});
  }
  for (const auto& total : answer.outcomes()) {
    table.Add({"reported", Word(total.outcome()), absl::StrCat(total.count())});
  }
  for (const auto& total : answer.shadow()) {
    table.Add({"shadow would have",
               absl::StrCat(ActionWord(total.shadow_action()), " for ", ActionWord(total.action())),
               absl::StrCat(total.count())});
  }
  for (const auto& total : answer.tenants()) {
    if (answer.tenants_size() > 1) table.Add({"of tenant", total.name(), absl::StrCat(total.count())});
  }
  for (const auto& total : answer.paths()) table.Add({"by path", total.name(), absl::StrCat(total.count())});
  if (answer.degraded() > 0) table.Add({"without store", "", absl::StrCat(answer.degraded())});
  session.out() << TimeWord(answer.start_time()) << " to " << TimeWord(answer.end_time())
                << ", policy revision " << answer.policy_revision();
  if (answer.shadow_policy_revision() > 0)
    session.out() << ", shadowed revision " << answer.shadow_policy_revision();
  if (answer.node_count() > 1) session.out() << ", of " << Counted(answer.node_count(), "node");
  session.out() << '\n';
  ShowLatency("a decision", answer.decision_latency(), session.out());
  ShowLatency("a charge in the store", answer.store_latency(), session.out());
  if (answer.has_store()) ShowStore(answer.store(), session.out());
  ShowIncidents(answer.incidents(), session.out());
  session.out() << '\n';
  table.Print(session.out());
  return ExitCode::kOk;
}

}  // namespace

void AddStatusVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& status =
      *app.add_subcommand("status", "Show one account's lanes and limits; without one, the last hour");
  auto flags = std::make_shared<StatusFlags>();
  auto* account = status.add_option("ACCOUNT", flags->account, "Whose")->type_name("");
  status.add_option("--source", flags->source, "As seen from this address too")
      ->type_name("ADDRESS")
      ->needs(account);
  AddDuration(status, "--span", flags->span, "Without an account: how far back [1h]")->excludes(account);
  chosen.On(status, [flags](Session& session) {
    return flags->account.empty() ? Summary(session, *flags) : Account(session, *flags);
  });
}

}  // namespace latchkey::cli

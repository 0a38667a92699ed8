// dependencies: which workflows depend on logins, and what each does when it hears of a lock.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/workflow.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Workflows = v1::WorkflowsService::Stub;

struct DependencyFlags {
  std::string workflow;
  std::string account;
};

std::string OnLockText(v1::OnLock on_lock) {
  switch (on_lock) {
    case v1::ON_LOCK_KEEP:
      return "keeps it";
    case v1::ON_LOCK_VOID:
      return "gives it up";
    case v1::ON_LOCK_ASK:
      return "asks first";
    default:
      return "not declared";
  }
}

std::string StoryText(const v1::Dependency& dependency) {
  if (dependency.repeats_story()) return "YES";
  return dependency.on_lock() == v1::ON_LOCK_UNSPECIFIED ? "perhaps" : "no";
}

absl::StatusOr<ExitCode> Dependencies(Session& session, const DependencyFlags& flags) {
  v1::ListDependenciesRequest request;
  request.set_workflow(flags.workflow);
  request.set_tenant(session.settings().tenant);
  request.set_account(flags.account);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, AllPages(session, &Workflows::ListDependencies, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  const absl::Time now = absl::Now();
  Table table({{"WORKFLOW"},
               {"CALLER"},
               {"STAKES", Table::Align::kRight},
               {"UNTIL"},
               {"ON A LOCK"},
               {"REPEATS THE STORY"},
               {"ACCOUNTS"}});
  for (const v1::Dependency& dependency : answer.dependencies()) {
    table.Add({dependency.workflow(), dependency.caller(), absl::StrCat(dependency.stakes()),
               UntilWord(dependency.end_time(), now), OnLockText(dependency.on_lock()), StoryText(dependency),
               absl::StrJoin(dependency.accounts(), ", ")});
  }
  table.Print(session.out());
  if (table.empty()) session.err() << "nothing is at stake\n";
  return ExitCode::kOk;
}

}  // namespace

void AddDependenciesVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& verb = *app.add_subcommand("dependencies",
                                   "Show which workflows depend on logins, and what each does on a lock");
  auto flags = std::make_shared<DependencyFlags>();
  verb.add_option("--workflow", flags->workflow, "Only this one")->type_name("WORKFLOW");
  verb.add_option("--account", flags->account, "Only with stakes of this account")->type_name("ACCOUNT");
  chosen.On(verb, [flags](Session& session) { return Dependencies(session, *flags); });
}

}  // namespace latchkey::cli

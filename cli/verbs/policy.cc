// policy check, schema, show, apply, history, rollback.
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/policy_check.h"
#include "cli/policy_schema.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/policy.grpc.pb.h"

namespace latchkey::cli {
namespace {

using Policies = v1::PoliciesService::Stub;

struct PolicyFlags {
  std::string file;
  bool ask_server = false;
  int64_t revision = 0;
  int64_t expected_revision = 0;
  int limit = 20;
  std::string author;
  std::string reason;
};

std::string DefaultAuthor() {
  const char* user = std::getenv("USER");
  return user == nullptr ? "" : user;
}

absl::StatusOr<ExitCode> Check(Session& session, const PolicyFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadFileOrInput(flags.file, session.in()));
  v1::ValidatePolicyResponse answer;
  if (flags.ask_server) {
    v1::ValidatePolicyRequest request;
    request.set_text(std::move(text));
    LATCHKEY_ASSIGN_OR_RETURN(answer, session.Call(&Policies::ValidatePolicy, request));
  } else {
    answer = CheckPolicy(text);
  }
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    ShowDiagnostics(flags.file, answer.diagnostics(), session.out());
    session.out() << flags.file << (answer.valid() ? ": would load\n" : ": would be refused\n");
  }
  return answer.valid() ? ExitCode::kOk : ExitCode::kInvalidPolicy;
}

absl::StatusOr<ExitCode> Schema(Session& session, const PolicyFlags&) {
  session.out() << PolicySchema();
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(Session& session, const PolicyFlags& flags) {
  v1::GetPolicyRequest request;
  request.set_revision(flags.revision);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Policies::GetPolicy, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  const v1::Policy& policy = answer.policy();
  session.err() << "revision " << policy.revision() << (policy.in_force() ? ", in force" : "")
                << (answer.file_rules() ? ", ruled by a file" : "") << '\n';
  ShowProblems("warning", YamlPolicyReader().ReadUncertified(policy.text(), policy.revision()).warnings,
               session.err());
  session.out() << policy.text();
  return ExitCode::kOk;
}

void ShowApplied(Session& session, const v1::Policy& policy) {
  session.out() << "revision " << policy.revision() << " (" << policy.name() << ") is in force\n";
}

absl::StatusOr<ExitCode> Apply(Session& session, const PolicyFlags& flags) {
  v1::ApplyPolicyRequest request;
  LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_text(), ReadFileOrInput(flags.file, session.in()));
  // What is wrong is told with its lines before anything is asked for.
  v1::ValidatePolicyRequest check;
  check.set_text(request.text());
  LATCHKEY_ASSIGN_OR_RETURN(const auto checked, session.Call(&Policies::ValidatePolicy, check));
  if (!checked.valid()) {
    ShowDiagnostics(flags.file, checked.diagnostics(), session.err());
    if (session.json()) session.out() << ToJson(checked) << '\n';
    return ExitCode::kInvalidPolicy;
  }
  request.set_expected_revision(flags.expected_revision);
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Policies::ApplyPolicy, request));
  ShowDiagnostics(flags.file, answer.diagnostics(), session.err());
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    ShowApplied(session, answer.policy());
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> History(Session& session, const PolicyFlags& flags) {
  v1::ListPoliciesResponse history;
  v1::ListPoliciesRequest request;
  request.set_page_size(std::min(flags.limit, 100));
  LATCHKEY_RETURN_IF_ERROR(
      ForEachPage(session, &Policies::ListPolicies, request, [&](const v1::ListPoliciesResponse& page) {
        history.MergeFrom(page);
        return history.policies_size() < flags.limit;
      }));
  history.clear_next_page_token();
  if (history.policies_size() > flags.limit) {
    history.mutable_policies()->DeleteSubrange(flags.limit, history.policies_size() - flags.limit);
  }
  if (session.json()) {
    session.out() << ToJson(history) << '\n';
    return ExitCode::kOk;
  }
  Table table({{"REVISION", Table::Align::kRight}, {"NAME"}, {"APPLIED"}, {"BY"}, {"REASON"}, {""}});
  for (const v1::Policy& policy : history.policies()) {
    table.Add({absl::StrCat(policy.revision()), policy.name(), TimeWord(policy.apply_time()), policy.author(),
               policy.reason(), policy.in_force() ? "in force" : ""});
  }
  table.Print(session.out());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Rollback(Session& session, const PolicyFlags& flags) {
  v1::RollbackPolicyRequest request;
  request.set_revision(flags.revision);
  request.set_expected_revision(flags.expected_revision);
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Policies::RollbackPolicy, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    ShowApplied(session, answer.policy());
  }
  return ExitCode::kOk;
}

void AddChange(CLI::App& verb, PolicyFlags& flags) {
  verb.add_option("--expect-revision", flags.expected_revision,
                  "The revision now in force, which you have read; refused when it is another one")
      ->required()
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  verb.add_option("--reason", flags.reason, "Why")->required()->type_name("TEXT");
  flags.author = DefaultAuthor();
  verb.add_option("--author", flags.author, "On whose behalf [$USER]")->type_name("NAME");
}

}  // namespace

void AddPolicyVerbs(CLI::App& app, ChosenVerb& chosen) {
  auto& policy = *app.add_subcommand("policy", "Check, show, apply, list and roll back policies");
  policy.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto act) {
    auto* verb = policy.add_subcommand(name, help);
    auto flags = std::make_shared<PolicyFlags>();
    chosen.On(*verb, [flags, act](Session& session) { return act(session, *flags); });
    return std::pair(verb, flags);
  };
  auto [check, checking] =
      add("check", "Say everything that is wrong with a policy file, without a server", Check);
  check->add_option("FILE", checking->file, "The policy; - is the input")->required()->type_name("");
  check->add_flag("--ask-server", checking->ask_server, "Let the server judge it instead");

  AddCertificateVerbs(policy, chosen);
  add("schema", "Print the JSON Schema of policies, for editors", Schema);

  auto [show, showing] = add("show", "Print the policy in force, or an earlier revision", Show);
  show->add_option("--revision", showing->revision, "Which revision [the one in force]")
      ->type_name("N")
      ->check(CLI::PositiveNumber);

  auto [apply, applying] = add("apply", "Put a policy in force on every node", Apply);
  apply->add_option("FILE", applying->file, "The policy; - is the input")->required()->type_name("");
  AddChange(*apply, *applying);

  auto [history, listing] = add("history", "List revisions, newest first", History);
  history->add_option("--limit", listing->limit, "At most this many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));

  auto [rollback, rolling] = add("rollback", "Put an earlier revision in force again", Rollback);
  rollback->add_option("REVISION", rolling->revision, "Which")
      ->required()
      ->type_name("")
      ->check(CLI::PositiveNumber);
  AddChange(*rollback, *rolling);
}

}  // namespace latchkey::cli

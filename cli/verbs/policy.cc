// policy check, schema, show, apply, history, rollback.
#include <unistd.h>

#include <memory>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/pages.h"
#include "cli/policy_check.h"
#include "cli/policy_schema.h"
#include "cli/printable.h"
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
  bool shadow = false;
  std::string share;
  bool candidate = false;
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

// "in force", "shadowed", "in force for 10 % of the accounts", or nothing.
std::string StageText(const v1::Policy& policy) {
  if (policy.in_force()) return "in force";
  if (!policy.candidate()) return "";
  if (policy.rollout().stage() == v1::PolicyRollout::STAGE_SHADOW) return "shadowed";
  return absl::StrFormat("in force for %g %% of the accounts", policy.rollout().share_millionths() / 1e4);
}

absl::StatusOr<ExitCode> Show(Session& session, const PolicyFlags& flags) {
  v1::GetPolicyRequest request;
  request.set_revision(flags.revision);
  LATCHKEY_ASSIGN_OR_RETURN(auto answer, session.Call(&Policies::GetPolicy, request));
  if (flags.candidate) {
    if (!answer.has_candidate()) return absl::NotFoundError("no policy is shadowed or in force for a share");
    request.set_revision(answer.candidate().revision());
    LATCHKEY_ASSIGN_OR_RETURN(answer, session.Call(&Policies::GetPolicy, request));
  }
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
    return ExitCode::kOk;
  }
  const v1::Policy& policy = answer.policy();
  const std::string stage = StageText(policy);
  session.err() << "revision " << policy.revision() << (stage.empty() ? "" : ", ") << stage
                << (answer.file_rules() ? ", ruled by a file" : "") << '\n';
  ShowProblems("warning", YamlPolicyReader().ReadUncertified(policy.text(), policy.revision()).warnings,
               session.err());
  for (const v1::CertificateLine& change : policy.changes()) {
    session.err() << Printable(absl::StrCat(change.section(), ": ", change.name(), ": ",
                                            change.value_before().empty() ? "(none)" : change.value_before(),
                                            " -> ", change.value().empty() ? "(none)" : change.value()))
                  << '\n';
  }
  if (answer.has_candidate() && !policy.candidate()) {
    session.err() << "revision " << answer.candidate().revision() << " is " << StageText(answer.candidate())
                  << '\n';
  }
  session.out() << policy.text();
  return ExitCode::kOk;
}

void ShowApplied(Session& session, const v1::Policy& policy) {
  const std::string stage = StageText(policy);
  session.out() << "revision " << policy.revision() << " (" << policy.name() << ") is "
                << (stage.empty() ? "in force" : stage) << '\n';
}

// "10%" as millionths; nothing for what is no share of some but not all.
std::optional<int32_t> ShareFromText(const std::string& text) {
  double percent = 0;
  if (!text.ends_with('%') || !absl::SimpleAtod(text.substr(0, text.size() - 1), &percent))
    return std::nullopt;
  const double millionths = percent * 1e4;
  if (!(millionths >= 1 && millionths <= 999'999)) return std::nullopt;
  return static_cast<int32_t>(millionths + 0.5);
}

absl::StatusOr<ExitCode> Apply(Session& session, const PolicyFlags& flags) {
  v1::ApplyPolicyRequest request;
  if (flags.shadow) request.mutable_rollout()->set_stage(v1::PolicyRollout::STAGE_SHADOW);
  if (!flags.share.empty()) {
    const std::optional<int32_t> share = ShareFromText(flags.share);
    if (!share)
      return absl::InvalidArgumentError("--share: write a share such as 10%, above 0% and below 100%");
    request.mutable_rollout()->set_stage(v1::PolicyRollout::STAGE_SHARE);
    request.mutable_rollout()->set_share_millionths(*share);
  }
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
               policy.reason(), StageText(policy)});
  }
  table.Print(session.out());
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Promote(Session& session, const PolicyFlags& flags) {
  v1::PromotePolicyRequest request;
  request.set_expected_revision(flags.expected_revision);
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  LATCHKEY_ASSIGN_OR_RETURN(const auto answer, session.Call(&Policies::PromotePolicy, request));
  if (session.json()) {
    session.out() << ToJson(answer) << '\n';
  } else {
    ShowApplied(session, answer.policy());
  }
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
                  "The newest revision, which you have read; refused when it is another one by now")
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
  show->add_flag("--candidate", showing->candidate, "The one that is shadowed or in force for a share")
      ->excludes("--revision");

  auto [apply, applying] = add("apply", "Put a policy in force on every node", Apply);
  apply->add_option("FILE", applying->file, "The policy; - is the input")->required()->type_name("");
  auto* shadow = apply->add_flag("--shadow", applying->shadow,
                                 "Ask it about every attempt, with counts of its own, and do not obey it");
  apply->add_option("--share", applying->share, "In force for this share of the accounts only, as 10%")
      ->type_name("SHARE")
      ->excludes(shadow);
  AddChange(*apply, *applying);

  auto [promote, promoting] = add(
      "promote", "Put the policy that is shadowed, or in force for a share, in force for everybody", Promote);
  AddChange(*promote, *promoting);

  auto [history, listing] = add("history", "List revisions, newest first", History);
  history->add_option("--limit", listing->limit, "At most this many [20]")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));

  auto [rollback, rolling] = add("rollback", "Put an earlier revision in force again", Rollback);
  rollback
      ->add_option("REVISION", rolling->revision,
                   "Which [drops what is shadowed or in force for a share; else the one before]")
      ->type_name("")
      ->check(CLI::PositiveNumber);
  AddChange(*rollback, *rolling);
}

}  // namespace latchkey::cli

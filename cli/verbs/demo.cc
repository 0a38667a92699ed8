// demo: the auction story, played twice on services of its own.
#include "cli/demo/demo.h"

#include <memory>

#include "cli/demo/program_files.h"
#include "cli/verbs.h"
#include "engine/base/status_macros.h"

namespace latchkey::cli {
namespace {

struct DemoFlags {
  std::string server;
  std::string five_strikes;
  std::string default_policy;
};

absl::StatusOr<ExitCode> Demo(Session& session, const DemoFlags& flags) {
  demo::DemoOptions options{flags.server, flags.five_strikes, flags.default_policy};
  if (options.server.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(options.server, demo::FindServer());
  }
  if (options.five_strikes.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(options.five_strikes, demo::FindPolicy("baselines/five-strikes.yaml"));
  }
  if (options.default_policy.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(options.default_policy, demo::FindPolicy("default.yaml"));
  }
  options.narration = session.json() ? &session.err() : &session.out();
  LATCHKEY_ASSIGN_OR_RETURN(const demo::DemoResult result, demo::PlayDemo(options));
  if (session.json()) {
    session.out() << demo::DemoJson(result) << '\n';
  } else {
    demo::ShowDemoTable(result, session.out());
  }
  LATCHKEY_RETURN_IF_ERROR(demo::CheckStory(result));
  return ExitCode::kOk;
}

}  // namespace

void AddDemoVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& verb = *app.add_subcommand("demo", "Play the auction story: five strikes against the default policy");
  auto flags = std::make_shared<DemoFlags>();
  verb.add_option("--latchkeyd", flags->server, "The service to start [the one beside this program]")
      ->type_name("FILE");
  verb.add_option("--five-strikes", flags->five_strikes, "The first round's policy")->type_name("FILE");
  verb.add_option("--default-policy", flags->default_policy, "The second round's policy")->type_name("FILE");
  chosen.On(verb, [flags](Session& session) { return Demo(session, *flags); });
}

}  // namespace latchkey::cli

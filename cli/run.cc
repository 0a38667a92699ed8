#include "cli/run.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "cli/mistakes.h"
#include "cli/printable.h"
#include "cli/store_verbs.h"
#include "cli/verbs.h"

namespace latchkey::cli {
namespace {

constexpr char kAbout[] =
    "latchkey asks and operates latchkeyd, the service that stops password guessing and refuses to be the\n"
    "weapon: the owner always has a latchkey.\n";

void AddEverything(CLI::App& app, Settings& settings, ChosenVerb& chosen) {
  app.set_version_flag("--version", "latchkey " LATCHKEY_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // global flags may follow the verb
  app.footer(ExitCodesText());
  AddSettings(app, settings);
  AddGuardVerbs(app, chosen);
  AddOwnerVerbs(app, chosen);
  AddPolicyVerbs(app, chosen);
  AddStatusVerb(app, chosen);
  AddStatsVerbs(app, chosen);
  AddIncidentVerbs(app, chosen);
  AddDependenciesVerb(app, chosen);
  AddDeliveryVerbs(app, chosen);
  AddRecordVerb(app, chosen);
  AddBacktestVerb(app, chosen);
  AddHealthVerb(app, chosen);
  AddDoctorVerb(app, chosen);
  AddStoreVerbs(app, chosen);
  AddLabVerbs(app, chosen);
  AddDemoVerb(app, chosen);
  AddCompletionVerb(app, chosen);
}

ExitCode RunParsed(CLI::App& app, const std::vector<std::string>& arguments, const Settings& settings,
                   const ChosenVerb& chosen, const Streams& streams) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error, streams.out, streams.err);
      return ExitCode::kOk;
    }
    streams.err << "latchkey: " << Printable(MistakeText(app, error))
                << "\nRun latchkey --help, or latchkey VERB --help.\n";
    return ExitCode::kUsage;
  }
  Session session(settings, streams);
  const absl::StatusOr<ExitCode> ended = chosen.verb()(session);
  streams.out.flush();
  if (ended.ok()) return streams.out ? *ended : ExitCode::kError;
  streams.err << "latchkey: " << Printable(std::string(ended.status().message())) << '\n';
  return ExitCodeOf(ended.status());
}

}  // namespace

ExitCode Run(const std::vector<std::string>& arguments, const Streams& streams) {
  try {
    CLI::App app(kAbout, "latchkey");
    Settings settings;
    ChosenVerb chosen;
    AddEverything(app, settings, chosen);
    return RunParsed(app, arguments, settings, chosen, streams);
  } catch (const std::exception& error) {
    streams.err << "latchkey: " << error.what() << '\n';
    return ExitCode::kError;
  }
}

}  // namespace latchkey::cli

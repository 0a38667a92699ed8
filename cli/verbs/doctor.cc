// doctor: what of a live Redis would break a promise, and the mend. Asks Redis itself, not latchkeyd.
#include "absl/strings/str_cat.h"
#include "adapters/redis/diagnosis.h"
#include "adapters/redis/inspection.h"
#include "adapters/system/system_clock.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

struct DoctorFlags {
  std::string store;
  std::string password_file;
  std::string inspector;
  std::string inspector_password_file;
  std::string ca_file;
  std::string environment = "dev";
};

void ShowJson(const std::vector<ServerFacts>& servers, const std::vector<StoreFinding>& findings,
              std::ostream& out) {
  nlohmann::ordered_json json = {{"servers", nlohmann::ordered_json::array()},
                                 {"findings", nlohmann::ordered_json::array()}};
  for (const ServerFacts& server : servers) json["servers"].push_back(server.name);
  for (const StoreFinding& finding : findings) {
    json["findings"].push_back({{"severity", GravityWord(finding.severity)},
                                {"check", finding.check},
                                {"server", finding.where},
                                {"what", finding.what},
                                {"promises", finding.promises},
                                {"mend", finding.mend}});
  }
  out << json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

void ShowTable(const std::vector<ServerFacts>& servers, const std::vector<StoreFinding>& findings,
               std::ostream& out) {
  Table table({{"SEVERITY"}, {"CHECK"}, {"SERVER"}, {"WHAT"}, {"BREAKS"}});
  for (const StoreFinding& finding : findings) {
    table.Add({std::string(GravityWord(finding.severity)), finding.check, finding.where, finding.what,
               finding.promises});
    table.Add({"", "", "", absl::StrCat("mend: ", finding.mend), ""});
  }
  table.Print(out);
  const auto broken = std::count_if(findings.begin(), findings.end(), [](const StoreFinding& each) {
    return each.severity == Gravity::kBroken;
  });
  out << Counted(static_cast<int64_t>(servers.size()), "server") << ", "
      << Counted(static_cast<int64_t>(findings.size()), "finding") << ", " << broken
      << " that break a promise\n";
}

absl::StatusOr<ExitCode> Doctor(Session& session, const DoctorFlags& flags) {
  InspectionOptions options;
  options.engine.url = flags.store;
  options.engine.password_file = flags.password_file;
  options.engine.environment = flags.environment;
  options.engine.tls.ca_file = flags.ca_file;
  options.patience = Duration(absl::ToInt64Milliseconds(session.settings().timeout));
  if (!flags.inspector.empty()) {
    options.inspector = options.engine;
    options.inspector->url = flags.inspector;
    options.inspector->password_file = flags.inspector_password_file;
  }
  const SystemClock clock;
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<ServerFacts> servers, Inspect(options, clock));
  const std::vector<StoreFinding> findings = Diagnose(servers);
  session.json() ? ShowJson(servers, findings, session.out()) : ShowTable(servers, findings, session.out());
  const bool broken = !findings.empty() && findings.front().severity == Gravity::kBroken;
  return broken ? ExitCode::kError : ExitCode::kOk;
}

}  // namespace

void AddDoctorVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& verb = *app.add_subcommand(
      "doctor", "Check a live Redis for what would break a promise; exit code 1 when something does");
  auto flags = std::make_shared<DoctorFlags>();
  verb.add_option("--store", flags->store, "The Redis, as latchkeyd has it")->required()->type_name("URL");
  verb.add_option("--redis-password-file", flags->password_file, "Password of that user")->type_name("FILE");
  verb.add_option("--inspector", flags->inspector,
                  "The same Redis as a user who may look at its settings, such as latchkey-doctor")
      ->type_name("URL");
  verb.add_option("--inspector-password-file", flags->inspector_password_file, "Password of the inspector")
      ->type_name("FILE");
  verb.add_option("--redis-ca-file", flags->ca_file, "Authority of Redis' certificate [the system's]")
      ->type_name("FILE");
  verb.add_option("--environment", flags->environment, "The environment, as latchkeyd has it [dev]")
      ->type_name("NAME");
  chosen.On(verb, [flags](Session& session) { return Doctor(session, *flags); });
}

}  // namespace latchkey::cli

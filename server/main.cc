// latchkeyd: reads its settings, builds the service, runs it until it is told to end.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>

#include "adapters/system/scheduling.h"
#include "adapters/system/signals.h"
#include "server/settings.h"
#include "server/wiring.h"

namespace {

constexpr int kUsage = 2;

int Fail(const absl::Status& status) {
  std::cerr << "latchkeyd: " << std::string(status.message()) << '\n';
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:          // a file
    case absl::StatusCode::kPermissionDenied:  // a secret that others can read
      return kUsage;
    default:
      return 1;
  }
}

void Print(const latchkey::SettingValues& values) {
  for (const auto& [name, value] : values)
    std::cout << name << ": \"" << value.text << "\"  # " << value.origin << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "latchkeyd: answers auth services whether an attempt to log in may be checked.\n"
      "Settings: flag before environment before --config file before default.");
  std::string config;
  bool check = false;
  bool print = false;
  std::map<std::string, std::string> given;
  app.add_option("--config", config, "YAML file of settings")->envname("LATCHKEY_CONFIG");
  app.add_flag("--check-config", check, "check settings, the files that they name and the policy, then end");
  app.add_flag("--print-config", print, "print every setting with its origin, then end");
  app.set_version_flag("--version", std::string("latchkeyd ") + latchkey::kVersion);
  for (const latchkey::SettingInfo& info : latchkey::AllSettings()) {
    const std::string name(info.name);
    std::string flags = latchkey::FlagOf(name);
    if (name == "policy.file") flags += ",--policy";
    const std::string meaning = std::string(info.meaning) + " [" + std::string(info.fallback) + "]";
    if (info.fallback == "false") {
      app.add_flag_callback(
          flags, [&given, name] { given[name] = "true"; }, meaning);
    } else {
      app.add_option_function<std::string>(
          flags, [&given, name](const std::string& text) { given[name] = text; }, meaning);
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << "latchkeyd: " << error.what() << "\nRun latchkeyd --help for all flags.\n";
    return kUsage;
  }

  const absl::StatusOr<latchkey::SettingValues> values = latchkey::GatherSettings(config, given);
  if (!values.ok()) return Fail(values.status());
  if (print) {
    Print(*values);
    return 0;
  }
  const absl::StatusOr<latchkey::ServerSettings> settings = latchkey::ParseSettings(*values);
  if (!settings.ok()) return Fail(settings.status());
  if (check) {
    const absl::Status status = latchkey::CheckConfiguration(*settings);
    if (!status.ok()) return Fail(status);
    std::cout << "settings and policy are good\n";
    return 0;
  }
  latchkey::PreferWholeTurns();
  latchkey::Signals signals;
  const absl::Status status = latchkey::Serve(*settings, signals);
  return status.ok() ? 0 : Fail(status);
}

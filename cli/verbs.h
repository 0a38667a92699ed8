// The verbs of the command line. Each group is one file in cli/verbs/.
#pragma once

#include <functional>
#include <utility>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "cli/session.h"

namespace latchkey::cli {

// What a verb does once everything is parsed. A status is told on stderr and becomes an exit code.
using Verb = std::function<absl::StatusOr<ExitCode>(Session&)>;

// Remembers which verb was named. One for each parsed command line.
class ChosenVerb {
 public:
  // Makes `verb` the one to run when `app` is the subcommand that was named.
  void On(CLI::App& app, Verb verb) {
    app.callback([this, verb = std::move(verb)] { verb_ = verb; });
  }
  [[nodiscard]] const Verb& verb() const { return verb_; }

 private:
  Verb verb_;
};

void AddGuardVerbs(CLI::App& app, ChosenVerb& chosen);   // assess, report, explain
void AddOwnerVerbs(CLI::App& app, ChosenVerb& chosen);   // confirm-owner, devices, sources, revoke-devices
void AddPolicyVerbs(CLI::App& app, ChosenVerb& chosen);  // policy check, show, apply, history, rollback
void AddCertificateVerbs(CLI::App& policy, ChosenVerb& chosen);  // policy certify, diff
void AddStatusVerb(CLI::App& app, ChosenVerb& chosen);           // status
void AddStatsVerbs(CLI::App& app, ChosenVerb& chosen);           // top, watch
void AddIncidentVerbs(CLI::App& app, ChosenVerb& chosen);  // incidents list, show, watch, ack, resolve, …
void AddDependenciesVerb(CLI::App& app, ChosenVerb& chosen);  // dependencies
void AddRecordVerb(CLI::App& app, ChosenVerb& chosen);        // record
void AddDoctorVerb(CLI::App& app, ChosenVerb& chosen);        // doctor
void AddLabVerbs(CLI::App& app, ChosenVerb& chosen);          // lab run, compare, detect, actors
void AddBacktestVerb(CLI::App& app, ChosenVerb& chosen);      // backtest
void AddHealthVerb(CLI::App& app, ChosenVerb& chosen);        // health
void AddDemoVerb(CLI::App& app, ChosenVerb& chosen);          // demo
void AddCompletionVerb(CLI::App& app, ChosenVerb& chosen);    // completion
void AddDeliveryVerbs(CLI::App& app, ChosenVerb& chosen);     // delivery status, dead, replay, test

}  // namespace latchkey::cli

// health: is the server ready?
#include <array>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

namespace health = grpc::health::v1;

// "" is the server as a whole.
constexpr std::array<const char*, 7> kServices = {"",
                                                  "latchkey.v1.LoginGuardService",
                                                  "latchkey.v1.PoliciesService",
                                                  "latchkey.v1.StatsService",
                                                  "latchkey.v1.WorkflowsService",
                                                  "latchkey.v1.IncidentsService",
                                                  "latchkey.v1.DeliveryService"};

std::string StatusOf(const health::HealthCheckResponse& response) {
  return health::HealthCheckResponse::ServingStatus_Name(response.status());
}

absl::StatusOr<ExitCode> Health(Session& session) {
  Table table({{"SERVICE"}, {"STATUS"}});
  nlohmann::ordered_json services = nlohmann::ordered_json::object();
  std::string overall = "UNKNOWN";
  for (const std::string name : kServices) {
    health::HealthCheckRequest request;
    request.set_service(name);
    const auto answer = session.Call(&health::Health::Stub::Check, request);
    // Not every server tells its services apart; the first answer is about the whole.
    if (!answer.ok() && (name.empty() || !absl::IsNotFound(answer.status()))) return answer.status();
    if (!answer.ok()) continue;
    const std::string status = StatusOf(*answer);
    if (name.empty()) {
      overall = status;
    } else {
      services[name] = status;
    }
    table.Add({name.empty() ? absl::StrCat("latchkeyd at ", session.settings().server) : name, status});
  }
  if (session.json()) {
    session.out() << nlohmann::ordered_json{{"status", overall}, {"services", services}}.dump(1) << '\n';
  } else {
    table.Print(session.out());
  }
  return overall == "SERVING" ? ExitCode::kOk : ExitCode::kUnavailable;
}

}  // namespace

void AddHealthVerb(CLI::App& app, ChosenVerb& chosen) {
  auto& verb = *app.add_subcommand("health", "Say whether the server is ready; exit code 5 when not");
  chosen.On(verb, Health);
}

}  // namespace latchkey::cli

// A server in this process that answers what a test tells it, and remembers what it was asked.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "latchkey/v1/guard.grpc.pb.h"
#include "latchkey/v1/policy.grpc.pb.h"
#include "latchkey/v1/stats.grpc.pb.h"

namespace latchkey::cli {

// What one run of the command printed and how it ended.
struct Ran {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};
[[nodiscard]] Ran RunCli(const std::vector<std::string>& arguments, const std::string& input = "");

// One method's script: the answer to give, the status to give instead, and the last request.
template <class Request, class Response>
struct Scripted {
  Request asked;
  Response answer;
  grpc::Status status;
  int calls = 0;

  grpc::Status Play(const Request* request, Response* response) {
    ++calls;
    asked = *request;
    *response = answer;
    return status;
  }
};

#define LATCHKEY_SCRIPTED(method, member)                                               \
  Scripted<v1::method##Request, v1::method##Response> member;                           \
  grpc::Status method(grpc::ServerContext* context, const v1::method##Request* request, \
                      v1::method##Response* response) override {                        \
    authorization = Metadata(*context, "authorization");                                \
    return (member).Play(request, response);                                            \
  }

[[nodiscard]] std::string Metadata(const grpc::ServerContext& context, const std::string& name);

class FakeGuard final : public v1::LoginGuardService::Service {
 public:
  std::string authorization;
  LATCHKEY_SCRIPTED(Assess, assess)
  LATCHKEY_SCRIPTED(Report, report)
  LATCHKEY_SCRIPTED(Explain, explain)
  LATCHKEY_SCRIPTED(ConfirmOwner, confirm_owner)
  LATCHKEY_SCRIPTED(RevokeDevices, revoke_devices)
  LATCHKEY_SCRIPTED(ListDevices, list_devices)
  LATCHKEY_SCRIPTED(ForgetDevice, forget_device)
  LATCHKEY_SCRIPTED(ListSources, list_sources)
  LATCHKEY_SCRIPTED(ForgetSource, forget_source)

  // Takes a stream: keeps its frames.
  std::vector<v1::RecordEventsRequest> frames;
  v1::RecordEventsResponse summary;
  grpc::Status RecordEvents(grpc::ServerContext* context, grpc::ServerReader<v1::RecordEventsRequest>* reader,
                            v1::RecordEventsResponse* response) override;
};

class FakePolicies final : public v1::PoliciesService::Service {
 public:
  std::string authorization;
  LATCHKEY_SCRIPTED(GetPolicy, get)
  LATCHKEY_SCRIPTED(ValidatePolicy, validate)
  LATCHKEY_SCRIPTED(ApplyPolicy, apply)
  LATCHKEY_SCRIPTED(ListPolicies, list)
  LATCHKEY_SCRIPTED(PromotePolicy, promote)
  LATCHKEY_SCRIPTED(RollbackPolicy, rollback)
};

class FakeStats final : public v1::StatsService::Service {
 public:
  std::string authorization;
  LATCHKEY_SCRIPTED(GetSummary, summary)
  LATCHKEY_SCRIPTED(DescribeAccount, describe)
  LATCHKEY_SCRIPTED(ListTopSources, top_sources)
  LATCHKEY_SCRIPTED(ListTopNetworks, top_networks)
  LATCHKEY_SCRIPTED(ListTopAsns, top_asns)
  LATCHKEY_SCRIPTED(ListActiveRefusals, refusals)
  LATCHKEY_SCRIPTED(QueryTimeSeries, series)

  // Answers two pages.
  grpc::Status ListTopAccounts(grpc::ServerContext* context, const v1::ListTopAccountsRequest* request,
                               v1::ListTopAccountsResponse* response) override;
  // Sends `decisions` one by one and then waits until the reader goes away.
  std::vector<v1::DecisionEvent> decisions;
  grpc::Status WatchDecisions(grpc::ServerContext* context, const v1::WatchDecisionsRequest* request,
                              grpc::ServerWriter<v1::WatchDecisionsResponse>* writer) override;
};

class FakeHealth final : public grpc::health::v1::Health::Service {
 public:
  grpc::health::v1::HealthCheckResponse::ServingStatus status =
      grpc::health::v1::HealthCheckResponse::SERVING;
  grpc::Status Check(grpc::ServerContext* context, const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;
};

class FakeServer {
 public:
  FakeServer();
  ~FakeServer();
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Runs the command against this server.
  [[nodiscard]] Ran Run(std::vector<std::string> arguments, const std::string& input = "") const;

  FakeGuard guard;
  FakePolicies policies;
  FakeStats stats;
  FakeHealth health;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace latchkey::cli

#include "tests/faults/nodes.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "adapters/sodium/key_ring_file.h"

namespace latchkey::faults {
namespace {

constexpr std::chrono::milliseconds kPatience{1500};

// Budgets alone: what a lane admits is one number.
constexpr const char* kPolicy = R"(version: 1
name: faults
bounds: { 24h: 100 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d, on_store_loss: allow }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h], on_store_loss: local }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d, on_store_loss: local }
  challenged: { failures: [15 per 24h], on_store_loss: local }
  stranger:   { failures: [25 per 24h], on_store_loss: local }
local_share: 0.2
)";

template <class Call>
grpc::Status WithDeadline(const Call& call) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  return call(context);
}

}  // namespace

Nodes::Nodes(const std::array<std::string, kNodes>& stores) {
  if (!CreateKeyRing(folder_.File("ring")).ok()) throw std::runtime_error("no key ring");
  std::ofstream(folder_.File("policy.yaml")) << kPolicy;
  for (int node = 0; node < kNodes; ++node) {
    const auto place = static_cast<size_t>(node);
    daemons_.at(place) = std::make_unique<Latchkeyd>(
        std::vector<std::string>{"--store", stores.at(place), "--key-ring", folder_.File("ring"), "--policy",
                                 folder_.File("policy.yaml"), "--redis-command-timeout", "200ms"});
    Connect(node);
  }
}

void Nodes::Connect(int node) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  const auto place = static_cast<size_t>(node);
  Stub stub = v1::LoginGuardService::NewStub(grpc::CreateCustomChannel(
      daemons_.at(place)->address(), grpc::InsecureChannelCredentials(), arguments));
  const std::scoped_lock lock(mutex_);
  stubs_.at(place) = std::move(stub);
}

void Nodes::Restart(int node) {
  Latchkeyd& daemon = *daemons_.at(static_cast<size_t>(node));
  daemon.process().Signal(SIGKILL);
  daemon.Restart();
  Connect(node);
}

Nodes::Stub Nodes::At(int node) {
  const std::scoped_lock lock(mutex_);
  return stubs_.at(static_cast<size_t>(node));
}

std::optional<v1::AssessResponse> Nodes::AssessAt(int node, const v1::AssessRequest& request) {
  v1::AssessResponse response;
  const Stub stub = At(node);
  if (!WithDeadline([&](grpc::ClientContext& context) {
         return stub->Assess(&context, request, &response);
       }).ok())
    return std::nullopt;
  return response;
}

std::optional<v1::AssessResponse> Nodes::Assess(int first, const v1::AssessRequest& request, int* asks) {
  for (int i = 0; i < kNodes; ++i) {
    if (asks != nullptr) *asks = i + 1;
    if (auto response = AssessAt((first + i) % kNodes, request)) return response;
  }
  return std::nullopt;
}

std::optional<std::string> Nodes::Report(int first, const std::string& attempt_token, v1::Outcome outcome) {
  v1::ReportRequest request;
  request.set_attempt_token(attempt_token);
  request.set_outcome(outcome);
  for (int i = 0; i < kNodes; ++i) {
    v1::ReportResponse response;
    const Stub stub = At((first + i) % kNodes);
    if (WithDeadline([&](grpc::ClientContext& context) {
          return stub->Report(&context, request, &response);
        }).ok())
      return response.device_token();
  }
  return std::nullopt;
}

v1::AssessRequest Attempt(const std::string& account, const std::string& source,
                          const std::string& device_token) {
  v1::AssessRequest request;
  request.set_account(account);
  request.set_source(source);
  request.set_device_token(device_token);
  return request;
}

}  // namespace latchkey::faults

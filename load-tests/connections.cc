#include "load-tests/connections.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/strings/str_cat.h"

namespace latchkey::load {

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> OpenChannels(const std::string& address,
                                                                         int count) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection each, not one shared by all.
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
      return absl::UnavailableError(absl::StrCat("no connection to ", address));
    }
    channels.push_back(std::move(channel));
  }
  return channels;
}

absl::StatusOr<std::unique_ptr<Connections>> Connections::Open(const std::string& address, int count) {
  auto channels = OpenChannels(address, count);
  if (!channels.ok()) return channels.status();
  auto connections = std::make_unique<Connections>();
  for (const auto& channel : *channels)
    connections->stubs_.push_back(v1::LoginGuardService::NewStub(channel));
  return connections;
}

grpc::ClientContext& Exchange::Begin(Instant due, Nanos timeout) {
  due_ = due;
  context_.emplace();
  context_->set_deadline(std::chrono::system_clock::now() + timeout);
  return *context_;
}

void Exchange::Assess(v1::LoginGuardService::Stub& stub, const v1::AssessRequest& request, Instant due,
                      Nanos timeout, grpc::CompletionQueue& queue) {
  reporting_ = false;
  report_response_.clear_device_token();
  assess_ = stub.AsyncAssess(&Begin(due, timeout), request, &queue);
  assess_->Finish(&response_, &status_, this);
}

void Exchange::Report(v1::LoginGuardService::Stub& stub, v1::Outcome outcome, Instant due, Nanos timeout,
                      grpc::CompletionQueue& queue) {
  reporting_ = true;
  report_request_.set_attempt_token(response_.attempt_token());
  report_request_.set_outcome(outcome);
  report_ = stub.AsyncReport(&Begin(due, timeout), report_request_, &queue);
  report_->Finish(&report_response_, &status_, this);
}

}  // namespace latchkey::load

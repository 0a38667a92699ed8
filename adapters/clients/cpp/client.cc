#include "latchkey/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/clients/cpp/conversation.h"
#include "adapters/clients/cpp/dialer.h"

namespace latchkey {
namespace {

constexpr int kItemsPerFrameMax = 256;  // the server's bound

absl::Status Check(const ClientOptions& options) {
  const auto wrong = [](const char* what) { return absl::InvalidArgumentError(what); };
  if (options.server.empty()) return wrong("server: must not be empty");
  if (options.items_per_frame_max < 1 || options.items_per_frame_max > kItemsPerFrameMax) {
    return wrong("items_per_frame_max: from 1 to 256");
  }
  if (options.in_flight_max < 1 || options.calls_max < 1) {
    return wrong("in_flight_max and calls_max: at least 1");
  }
  if (options.local_allows_per_second < 0) return wrong("local_allows_per_second: not below 0");
  if (options.timeout.count() <= 0) return wrong("timeout: above zero");
  if (options.linger_max.count() < 0) return wrong("linger_max: not below zero");
  if (options.rest_first.count() <= 0 || options.rest_max < options.rest_first) {
    return wrong("rest_first: above zero, and at most rest_max");
  }
  if (options.silence_max.count() <= 0) return wrong("silence_max: above zero");
  if (options.close_time_max.count() < 0) return wrong("close_time_max: not below zero");
  return absl::OkStatus();
}

// A promise that hears of its call, and then is gone.
template <typename Response>
class Promise final : public client::Waiter<Response> {
 public:
  std::future<absl::StatusOr<Response>> future() { return promise_.get_future(); }
  void Take(absl::StatusOr<Response> answer) override {
    promise_.set_value(std::move(answer));
    delete this;
  }

 private:
  std::promise<absl::StatusOr<Response>> promise_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<client::Dialer>> dialer = client::Dialer::Create(options);
  if (!dialer.ok()) return dialer.status();
  return std::unique_ptr<Client>(
      new Client(std::make_unique<client::Conversation>(options, *std::move(dialer))));
}

Client::Client(std::unique_ptr<client::Conversation> conversation) : conversation_(std::move(conversation)) {}
Client::~Client() = default;

AssessAsking Client::Assess(v1::AssessRequest attempt, CallOptions options) {
  return {*this, std::move(attempt), options};
}
ReportAsking Client::Report(v1::ReportRequest report, CallOptions options) {
  return {*this, std::move(report), options};
}

std::future<absl::StatusOr<v1::AssessResponse>> Client::AssessFuture(v1::AssessRequest attempt,
                                                                     CallOptions options) {
  auto* promise = new Promise<v1::AssessResponse>;
  auto future = promise->future();
  Start(std::move(attempt), options, *promise);
  return future;
}

std::future<absl::StatusOr<v1::ReportResponse>> Client::ReportFuture(v1::ReportRequest report,
                                                                     CallOptions options) {
  auto* promise = new Promise<v1::ReportResponse>;
  auto future = promise->future();
  Start(std::move(report), options, *promise);
  return future;
}

absl::StatusOr<v1::AssessResponse> Client::AssessBlocking(v1::AssessRequest attempt, CallOptions options) {
  return AssessFuture(std::move(attempt), options).get();
}
absl::StatusOr<v1::ReportResponse> Client::ReportBlocking(v1::ReportRequest report, CallOptions options) {
  return ReportFuture(std::move(report), options).get();
}

ClientCounts Client::counts() const { return conversation_->counts(); }

void Client::Start(v1::AssessRequest attempt, CallOptions options,
                   client::Waiter<v1::AssessResponse>& waiter) {
  conversation_->Ask(std::move(attempt), options, waiter);
}
void Client::Start(v1::ReportRequest report, CallOptions options,
                   client::Waiter<v1::ReportResponse>& waiter) {
  conversation_->Ask(std::move(report), options, waiter);
}
void Client::Resume(std::coroutine_handle<> caller) { conversation_->Resume(caller); }

}  // namespace latchkey

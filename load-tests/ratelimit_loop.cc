#include "load-tests/ratelimit_loop.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "envoy/service/ratelimit/v3/rls.grpc.pb.h"
#include "load-tests/connections.h"
#include "load-tests/window.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;
namespace v3 = envoy::service::ratelimit::v3;

// One check after the other.
class Check {
 public:
  void Send(v3::RateLimitService::Stub& stub, const v3::RateLimitRequest& request, Nanos timeout,
            grpc::CompletionQueue& queue) {
    sent_ = steady_clock::now();
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + timeout);
    reader_ = stub.AsyncShouldRateLimit(&*context_, request, &queue);
    reader_->Finish(&response_, &status_, this);
  }
  void Count(Instant now, Tally& tally) const {
    if (!status_.ok()) {
      ++tally.errors[status_.error_code()];
      return;
    }
    tally.latency.Add(now - sent_);
    ++tally.answered;
    ++tally.actions[response_.overall_code() == v3::RateLimitResponse::OK ? v1::ACTION_ALLOW
                                                                          : v1::ACTION_THROTTLE];
  }

 private:
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v3::RateLimitResponse>> reader_;
  v3::RateLimitResponse response_;
  grpc::Status status_;
  Instant sent_;
};

}  // namespace

absl::StatusOr<Tally> RunRatelimitLoop(const std::string& address,
                                       const std::function<v1::AssessRequest(int64_t)>& attempt,
                                       const Load& load, const std::function<void()>& on_edge) {
  auto channels = OpenChannels(address, load.connections);
  if (!channels.ok()) return channels.status();
  std::vector<std::unique_ptr<v3::RateLimitService::Stub>> stubs;
  for (const auto& channel : *channels) stubs.push_back(v3::RateLimitService::NewStub(channel));

  grpc::CompletionQueue queue;
  std::deque<Check> checks(static_cast<size_t>(load.in_flight));
  v3::RateLimitRequest request;
  request.set_domain("login");
  auto* account = request.add_descriptors()->add_entries();
  account->set_key("account");
  auto* source = request.add_descriptors()->add_entries();
  source->set_key("ip");
  int64_t next = 0;
  const auto send = [&](Check& check) {
    v1::AssessRequest wanted = attempt(next);
    account->set_value(std::move(*wanted.mutable_account()));
    source->set_value(std::move(*wanted.mutable_source()));
    check.Send(*stubs[static_cast<size_t>(next++) % stubs.size()], request, load.timeout, queue);
  };
  for (Check& check : checks) send(check);

  Tally tally;
  Window window(steady_clock::now(), load.warm_up, load.measured, on_edge);
  void* tag = nullptr;
  bool ok = false;
  for (int in_flight = load.in_flight; in_flight > 0 && queue.Next(&tag, &ok);) {
    const Instant now = steady_clock::now();
    Check& check = *static_cast<Check*>(tag);
    const Window::Part part = window.At(now);
    if (part == Window::Part::kMeasuring) check.Count(now, tally);
    if (part == Window::Part::kEnding) {
      --in_flight;
    } else {
      send(check);
    }
  }
  tally.span = window.span();
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return tally;
}

}  // namespace latchkey::load

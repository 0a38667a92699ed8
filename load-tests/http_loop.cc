#include "load-tests/http_loop.h"

#include <event2/event.h>
#include <event2/http.h>

#include <deque>
#include <memory>

#include "load-tests/window.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;
using Base = std::unique_ptr<event_base, decltype(&event_base_free)>;
using Connection = std::unique_ptr<evhttp_connection, decltype(&evhttp_connection_free)>;

constexpr int kTooManyRequests = 429;

// What all connections share.
struct Run {
  const std::function<std::string(int64_t)>& target;
  Window window;
  Tally tally;
  int64_t next = 0;
  int in_flight = 0;
  event_base* base;
};

// One connection that asks again as soon as it is answered.
class Asker {
 public:
  Asker(Run& run, int port, Nanos timeout)
      : run_(run),
        connection_(evhttp_connection_base_new(run.base, nullptr, "127.0.0.1", static_cast<uint16_t>(port)),
                    evhttp_connection_free) {
    evhttp_connection_set_timeout(connection_.get(),
                                  static_cast<int>(std::chrono::ceil<std::chrono::seconds>(timeout).count()));
  }

  void Ask() {
    sent_ = steady_clock::now();
    evhttp_request* request = evhttp_request_new(&Asker::OnDone, this);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Host", "localhost");
    if (evhttp_make_request(connection_.get(), request, EVHTTP_REQ_GET, run_.target(run_.next++).c_str()) ==
        0)
      ++run_.in_flight;
  }

 private:
  static void OnDone(evhttp_request* request, void* self) { static_cast<Asker*>(self)->Done(request); }

  void Done(evhttp_request* request) {
    --run_.in_flight;
    const Instant now = steady_clock::now();
    const Window::Part part = run_.window.At(now);
    const int status = request == nullptr ? 0 : evhttp_request_get_response_code(request);
    if (part == Window::Part::kMeasuring) Count(status, now);
    if (part != Window::Part::kEnding) return Ask();
    if (run_.in_flight == 0) event_base_loopbreak(run_.base);
  }
  void Count(int status, Instant now) {
    if (status != HTTP_OK && status != kTooManyRequests) {
      ++run_.tally.errors[status];
      return;
    }
    run_.tally.latency.Add(now - sent_);
    ++run_.tally.answered;
    ++run_.tally.actions[status == HTTP_OK ? v1::ACTION_ALLOW : v1::ACTION_THROTTLE];
  }

  Run& run_;
  Connection connection_;
  Instant sent_;
};

}  // namespace

absl::StatusOr<Tally> RunHttpLoop(int port, const std::function<std::string(int64_t)>& target,
                                  const Load& load, const std::function<void()>& on_edge) {
  const Base base(event_base_new(), event_base_free);
  if (base == nullptr) return absl::UnavailableError("no event loop");
  Run run{.target = target,
          .window = Window(steady_clock::now(), load.warm_up, load.measured, on_edge),
          .tally = {},
          .base = base.get()};
  std::deque<Asker> askers;
  for (int i = 0; i < load.in_flight; ++i) askers.emplace_back(run, port, load.timeout).Ask();
  event_base_dispatch(base.get());
  run.tally.span = run.window.span();
  if (run.tally.span == Nanos::zero()) return absl::UnavailableError("the peer has stopped answering");
  return std::move(run.tally);
}

}  // namespace latchkey::load

// Asks Latchkey from an auth service: Assess before the password check, Report after it.
//
//   auto client = latchkey::Client::Create({.server = "latchkey:7450", .tls = true, .api_key_file = "key"});
//   auto answer = co_await (*client)->Assess(attempt);        // or AssessFuture(…), or AssessBlocking(…)
//   if (answer.ok() && answer->action() == latchkey::v1::ACTION_ALLOW) …
//
// One Client a process is enough, and best: calls that run at the same time leave together, many in a frame
// of one `Converse` stream, which costs Latchkey a tenth of as many calls of their own. A frame leaves as
// soon as the stream can take one, so nothing waits for company. Answers come in any order.
//
// What becomes of a call:
// - Latchkey's answer, whatever it is: status OK.
// - The caller's own mistake (kInvalidArgument names the field; kPermissionDenied, …): that status.
// - No answer within the deadline, or none that could come any more: for Assess what ClientOptions::fail_mode
// says;
//   for Report the reason as a status. A charge that no report settles stands.
//
// A lost stream is made again after rests that grow and vary. What is safe is then sent again within the
// deadline, at most twice: what was surely not sent, every Report, and an Assess that has a `request_id`.
// An attempt of which the answer comes too late, when it has been refused here already, is given back
// (OUTCOME_NOT_VERIFIED), so that a slow network does not use up an owner's budget.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

// What an Assess is answered when Latchkey cannot be asked within the deadline.
enum class FailMode {
  // THROTTLE for a second. The careful choice: nobody guesses while nobody counts.
  kRefuse,
  // ALLOW, at most `local_allows_per_second`; THROTTLE beyond that.
  kAllow,
  // A status: kDeadlineExceeded, kUnavailable, kUnauthenticated, kResourceExhausted, … The caller decides.
  kFail,
};

struct ClientOptions {
  std::string server = "127.0.0.1:7450";  // "host:port", "dns:///host:port" or "unix:path"

  // As the command line has them. TLS is used when any of the first three says so. Files are PEM, and are
  // read again for each new connection.
  bool tls = false;  // with the system's root certificates unless tls_ca names others
  std::string tls_ca;
  std::string tls_certificate;  // of this client; needs tls_key
  std::string tls_key;
  std::string api_key_file;
  bool insecure = false;  // lets the API key travel in the clear to another machine

  std::chrono::milliseconds timeout{200};  // of a call that names none
  FailMode fail_mode = FailMode::kRefuse;
  int local_allows_per_second = 10;  // of the whole process, in bursts of at most as many

  // How long a frame may wait for company while it has room. Zero: not at all.
  std::chrono::microseconds linger_max{0};
  int items_per_frame_max = 64;  // at most 256, the server's bound
  int in_flight_max = 1024;      // sent and not yet answered; others wait for room
  int calls_max = 16384;         // waiting and in flight; more are answered by the fail mode at once

  // Gives each Assess that has none a request id, so that it too is sent again after a lost stream. It costs
  // Latchkey an entry in memory a call, for ten seconds.
  bool make_request_ids = false;

  std::chrono::milliseconds rest_first{50};     // before the first try to connect again; doubling from here
  std::chrono::milliseconds rest_max{5000};     // to here, each a random part shorter
  std::chrono::milliseconds silence_max{3000};  // a stream that owes answers and says nothing is given up
  std::chrono::milliseconds close_time_max{1000};  // what ~Client waits for answers that are owed

  // Where coroutines go on. Unset: on the thread that got the answer, which they must not block (hashing a
  // password blocks it). Called from any thread; each function given to it must be run, and may be at once.
  std::function<void(std::function<void()>)> resume_on;
};

struct CallOptions {
  std::optional<std::chrono::milliseconds> timeout;  // ClientOptions::timeout if unset; from now
};

// What a client has done since it was made.
struct ClientCounts {
  uint64_t frames = 0;           // sent
  uint64_t items = 0;            // sent in them
  uint64_t items_repeated = 0;   // of those, not for the first time
  uint64_t answers = 0;          // that somebody waited for
  uint64_t answers_late = 0;     // of calls past their deadline
  uint64_t answers_unknown = 0;  // of no call: answered twice, or never asked
  uint64_t local_allows = 0;     // Assess calls answered here: by fail mode
  uint64_t local_refusals = 0;
  uint64_t local_failures = 0;
  uint64_t given_back = 0;    // late ALLOWs reported as not verified
  uint64_t streams = 0;       // that were made
  uint64_t streams_lost = 0;  // of those, or could not be made
  bool connected = false;
  absl::Status last_failure;  // why a stream was lost last; OK: none was
};

// The attempt token of an ALLOW that was given here. Its Report is answered here too, with
// SETTLEMENT_UNSPECIFIED (never sent by Latchkey): nobody was charged.
inline constexpr char kLocalAttemptToken[] = "local";

// Whether an answer was given here, by the fail mode. Such an answer is `degraded` and has no decision id.
[[nodiscard]] inline bool IsLocal(const v1::AssessResponse& answer) { return answer.decision_id().empty(); }

namespace client {
class Conversation;

// Hears the answer of one call, once, on any thread.
template <typename Response>
class Waiter {
 public:
  virtual void Take(absl::StatusOr<Response> answer) = 0;

 protected:
  ~Waiter() = default;
};
}  // namespace client

template <typename Request, typename Response>
class Asking;
using AssessAsking = Asking<v1::AssessRequest, v1::AssessResponse>;
using ReportAsking = Asking<v1::ReportRequest, v1::ReportResponse>;

// Thread-safe.
class Client {
 public:
  // Does not wait for a connection. kInvalidArgument for options that cannot be and for an API key that would
  // travel in the clear; kNotFound for a file that cannot be read.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  // Waits, at most `close_time_max`, for answers that are owed; what is still owed then is answered as if its
  // deadline had passed. No other call may begin any more. Not to be run by a coroutine that an answer has
  // just resumed, without `resume_on`: it would wait for itself.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // For `co_await`, which asks: a value that is dropped asks nothing. Never blocks.
  AssessAsking Assess(v1::AssessRequest attempt, CallOptions options = {});
  ReportAsking Report(v1::ReportRequest report, CallOptions options = {});

  // Asks at once; never blocks.
  [[nodiscard]] std::future<absl::StatusOr<v1::AssessResponse>> AssessFuture(v1::AssessRequest attempt,
                                                                             CallOptions options = {});
  // The future may be dropped: its destructor does not wait.
  std::future<absl::StatusOr<v1::ReportResponse>> ReportFuture(v1::ReportRequest report,
                                                               CallOptions options = {});

  // Wait for the answer, at most until the deadline. Not for threads on which answers arrive.
  [[nodiscard]] absl::StatusOr<v1::AssessResponse> AssessBlocking(v1::AssessRequest attempt,
                                                                  CallOptions options = {});
  absl::StatusOr<v1::ReportResponse> ReportBlocking(v1::ReportRequest report, CallOptions options = {});

  [[nodiscard]] ClientCounts counts() const;

 private:
  template <typename Request, typename Response>
  friend class Asking;
  explicit Client(std::unique_ptr<client::Conversation> conversation);

  void Start(v1::AssessRequest attempt, CallOptions options, client::Waiter<v1::AssessResponse>& waiter);
  void Start(v1::ReportRequest report, CallOptions options, client::Waiter<v1::ReportResponse>& waiter);
  void Resume(std::coroutine_handle<> caller);

  std::unique_ptr<client::Conversation> conversation_;
};

// One call, for one `co_await`, which gives absl::StatusOr<Response>.
template <typename Request, typename Response>
class [[nodiscard]] Asking final : private client::Waiter<Response> {
 public:
  Asking(Client& client, Request request, CallOptions options)
      : client_(client), request_(std::move(request)), options_(options) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  // Not inlined: compilers then keep nothing of it in a coroutine that may be gone before it returns.
  __attribute__((noinline)) bool await_suspend(std::coroutine_handle<> caller) {
    caller_ = caller;
    client_.Start(std::move(request_), options_, *this);
    return state_.exchange(kSuspended, std::memory_order_acq_rel) != kAnswered;
  }
  absl::StatusOr<Response> await_resume() { return std::move(answer_); }

 private:
  enum State { kAsking, kSuspended, kAnswered };

  void Take(absl::StatusOr<Response> answer) override {
    answer_ = std::move(answer);
    if (state_.exchange(kAnswered, std::memory_order_acq_rel) == kSuspended) client_.Resume(caller_);
  }

  Client& client_;
  Request request_;
  const CallOptions options_;
  std::coroutine_handle<> caller_;
  absl::StatusOr<Response> answer_;
  std::atomic<State> state_{kAsking};
};

}  // namespace latchkey

// The conversation of one client with Latchkey: one stream at a time, what is asked on it, and what is
// answered when there is none.
#pragma once

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "adapters/clients/cpp/call_book.h"
#include "adapters/clients/cpp/converse_stream.h"
#include "adapters/clients/cpp/dialer.h"
#include "adapters/clients/cpp/local_answers.h"
#include "adapters/clients/cpp/mutex.h"
#include "adapters/clients/cpp/rests.h"

namespace latchkey::client {

// Thread-safe. Callers fill a frame themselves when the stream can take one; otherwise whoever hears that it
// can does. A thread of its own connects, and watches the deadlines.
class Conversation final : private ConverseStream::Owner {
 public:
  Conversation(const ClientOptions& options, std::unique_ptr<Dialer> dialer);
  // As ~Client.
  ~Conversation();

  // `waiter` hears once, perhaps before this returns, and lives until then.
  void Ask(v1::AssessRequest attempt, CallOptions options, Waiter<v1::AssessResponse>& waiter);
  void Ask(v1::ReportRequest report, CallOptions options, Waiter<v1::ReportResponse>& waiter);

  void Resume(std::coroutine_handle<> caller);
  [[nodiscard]] ClientCounts counts() const;

 private:
  enum class Link {
    kResting,     // until rest_until_
    kConnecting,  // a channel, which the thread looks at until it is made or has failed
    kOpening,     // a stream that nothing is written to: it is just being started, or is only to say why not
    kUp,
    kBreaking,  // a stream that nothing more is written to
  };

  // What the thread does without the lock.
  struct Chores {
    std::vector<std::pair<Call, absl::Status>> unanswered;  // and why
    std::unique_ptr<ConverseStream> dead;
    ConverseStream* write = nullptr;
    ConverseStream* cancel = nullptr;
    bool dial = false;
    bool watch = false;

    [[nodiscard]] bool any() const {
      return !unanswered.empty() || dead != nullptr || write != nullptr || cancel != nullptr || dial || watch;
    }
  };

  void Heard(v1::ConverseResponse& answers) override;
  ConverseStream::Next Written(bool ok) override;
  ConverseStream::Next Broken() override;
  void Lost(const grpc::Status& status) override;

  void Enter(Call call, CallOptions options);
  // Reports an attempt as not verified: it was allowed when nobody waited for it any more.
  void GiveBack(const std::string& attempt_token, TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fills a frame if one may leave now. True: the caller writes it, without the lock or with.
  bool FillFrame(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ConverseStream::Next AfterWriting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeBy(TimePoint time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // There is no stream, for this reason, and none for a while.
  void Rest(const absl::Status& why, TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why nothing can be asked now, or was not answered.
  [[nodiscard]] absl::Status Obstacle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Without the lock: waiters do as they like.
  void AnswerLocally(const Call& call, const absl::Status& why);
  void Deliver(const Call& call, v1::ConverseAnswer& answer);

  // The thread's.
  void Tend();
  [[nodiscard]] Chores TakeChores(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeLinkChores(TimePoint now, Chores& chores) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Cancel(Chores& chores) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] TimePoint NextChore() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(Chores chores);
  void Dial();
  void WatchChannel();
  void Open(bool connected);

  const ClientOptions options_;
  // The thread's. The latter three while connecting.
  const std::unique_ptr<Dialer> dialer_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::CompletionQueue watch_;
  TimePoint connect_by_;

  const std::string id_prefix_;
  std::atomic<uint64_t> ids_made_{0};
  LocalAnswers local_;

  mutable Mutex mutex_;
  std::condition_variable_any wake_;
  CallBook book_ ABSL_GUARDED_BY(mutex_);
  ClientCounts counts_ ABSL_GUARDED_BY(mutex_);
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  Rests rests_ ABSL_GUARDED_BY(mutex_);
  Link link_ ABSL_GUARDED_BY(mutex_) = Link::kResting;
  std::unique_ptr<ConverseStream> stream_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ConverseStream> dead_ ABSL_GUARDED_BY(mutex_);  // for the thread to delete
  std::vector<Call> lost_ ABSL_GUARDED_BY(mutex_);                // with it; for the thread to answer
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;  // kRelease is still to be said
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  TimePoint close_by_ ABSL_GUARDED_BY(mutex_);
  TimePoint rest_until_ ABSL_GUARDED_BY(mutex_);    // the start of time: not at all
  TimePoint last_heard_ ABSL_GUARDED_BY(mutex_);    // or since when nothing was owed
  TimePoint linger_until_ ABSL_GUARDED_BY(mutex_);  // TimePoint::max(): no frame lingers
  TimePoint sleeps_until_ ABSL_GUARDED_BY(mutex_);  // the thread; the start of time when it is awake
  std::thread thread_;
};

}  // namespace latchkey::client

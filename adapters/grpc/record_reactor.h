// One RecordEvents stream: logins of the past are counted one after the other, in their order, and summed up.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/record_summary.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/base/mutex.h"

namespace latchkey {

struct RecordParts {
  const CallerAuth& auth;
  Assessor& assessor;
  Reporter& reporter;
  OwnerDesk& owners;
  const Clock& clock;
  DrainSignal& drain;
  const ServedTenants& tenants;
};

// Ends when the engine owes it no answer, even if the caller is gone: a server that has ended needs no
// engine. Keeps itself alive until gRPC is done with it.
class RecordReactor final : public grpc::ServerReadReactor<v1::RecordEventsRequest>,
                            public std::enable_shared_from_this<RecordReactor> {
 public:
  static constexpr int kEventsPerFrameMax = 1000;

  static RecordReactor* Start(const grpc::CallbackServerContext& context, v1::RecordEventsResponse* response,
                              const RecordParts& parts);

  void OnReadDone(bool ok) override;
  void OnCancel() override { End(absl::CancelledError("the caller is gone")); }
  void OnDone() override;

 private:
  RecordReactor(const grpc::CallbackServerContext& context, v1::RecordEventsResponse* response,
                const RecordParts& parts)
      : context_(context), response_(response), parts_(parts) {}

  // Holds the reactor for an answer that the engine owes.
  std::shared_ptr<RecordReactor> shared() { return shared_from_this(); }

  // Takes event after event until one is answered later; then its answer goes on. No recursion, however many.
  void Run();
  void EventDone();

  void TakeEvent(const v1::LoginEvent& event);
  void Import(const v1::LoginEvent& event, const Attempt& attempt, TimePoint at);
  void Record(const v1::LoginEvent& event, const Attempt& attempt, Outcome outcome, TimePoint at);
  void RefuseEvent(const absl::Status& status);

  // Begins to read the next frame, unless the stream is to end.
  void ReadOn();
  // Ends the stream: at once, or when the frame at work has been left.
  void End(const absl::Status& status);
  // The same of whoever is at work on a frame, which it leaves.
  void LeaveAndEnd(const absl::Status& status);
  [[nodiscard]] bool ending() {
    const MutexLock lock(mutex_);
    return end_.has_value();
  }
  void FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Why a frame is not to be taken.
  [[nodiscard]] absl::Status Refusal();

  const grpc::CallbackServerContext& context_;
  v1::RecordEventsResponse* const response_;
  const RecordParts parts_;
  std::shared_ptr<RecordReactor> self_;  // until gRPC is done
  Wakers::Subscription drain_subscription_;

  Mutex mutex_;
  bool at_work_ ABSL_GUARDED_BY(mutex_) = true;  // else a frame is being read
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);

  // One event at a time: these need no lock.
  v1::RecordEventsRequest frame_;
  int next_ = 0;
  RecordSummary summary_;
  enum class Turn : uint8_t { kStarted, kLeft, kDone };
  std::atomic<Turn> turn_{Turn::kDone};
};

}  // namespace latchkey

// One Converse stream: frames of Assess and Report items in, answers out as they become ready.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "adapters/grpc/answer_frame.h"
#include "adapters/grpc/call_timer.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/converse_frame.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/base/mutex.h"
#include "engine/stats/latency.h"

namespace latchkey {

struct ConverseParts {
  const CallerAuth& auth;
  Assessor& assessor;
  Reporter& reporter;
  const Clock& clock;
  DrainSignal& drain;
  const ServedTenants& tenants;
  LatencyBoard* latency = nullptr;
};

// Ends when the engine owes it no answer, even if the caller is gone: a server that has ended needs no
// engine. Keeps itself alive until gRPC is done with it. Reads and writes frames as bytes.
class ConverseReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  static constexpr int kItemsPerFrameMax = 256;
  // No further frame is read while this many items wait for their answers.
  static constexpr int kWaitingMax = 1024;
  // Nor while so many bytes of answers wait for a caller who does not read them.
  static constexpr size_t kUnreadMax = 1 << 20;

  static ConverseReactor* Start(const grpc::CallbackServerContext& context, const ConverseParts& parts);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ConverseReactor(const grpc::CallbackServerContext& context, const ConverseParts& parts)
      : context_(context), parts_(parts) {}

  // A frame whose items the engine looks at until each is answered. Calls of one item know no more than its
  // frame and itself.
  struct Frame {
    ConverseFrame request;
    std::shared_ptr<ConverseReactor> reactor;
    std::shared_ptr<const Caller> caller;
    Duration left{0};
    CallTimer timer;
    int waiting = 0;  // items, guarded by the reactor's mutex
  };
  static constexpr size_t kFramesKept = 4;

  using Item = ConverseFrame::Item;

  void TakeFrame(std::unique_ptr<Frame> frame);
  // Why its items are not to be taken.
  [[nodiscard]] absl::Status Refusal(Frame& frame) const;
  void TakeItem(Frame& frame, Item& item);
  void TakeAssess(Frame& frame, Item& item);
  void TakeReport(Frame& frame, Item& item);
  // Has `add` write the answer to one item; what is ready is sent when the turn of the thread that answers
  // ends.
  template <typename Add>
  void Answer(Frame& frame, Add add);
  void AnswerProblem(Frame& frame, const Item& item, const absl::Status& status);
  // One who looked at the frame does so no more. The last one gives it back, and gets what it held.
  [[nodiscard]] std::shared_ptr<ConverseReactor> LetGo(Frame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What is next: send, read on, or finish.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ending(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const grpc::CallbackServerContext& context_;
  const ConverseParts parts_;
  std::shared_ptr<ConverseReactor> self_;  // until gRPC is done
  Wakers::Subscription drain_subscription_;

  Mutex mutex_;
  std::vector<std::unique_ptr<Frame>> free_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Frame> frame_ ABSL_GUARDED_BY(mutex_);  // being read into
  AnswerFrame ready_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer sending_ ABSL_GUARDED_BY(mutex_);
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;  // a frame is being taken: its answers go out together
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool advance_waits_ ABSL_GUARDED_BY(mutex_) = false;  // for the end of the turn of who answers
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;         // nothing more is read
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey

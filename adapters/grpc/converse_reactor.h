// One Converse stream: frames of Assess and Report items in, answers out as they become ready.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "absl/status/status.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/frame_pool.h"
#include "adapters/grpc/guard_codec.h"
#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/base/mutex.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

struct ConverseParts {
  const CallerAuth& auth;
  Assessor& assessor;
  Reporter& reporter;
  const Clock& clock;
  DrainSignal& drain;
  const ServedTenants& tenants;
};

// Keeps itself alive until gRPC is done with it and the engine owes it no answer.
class ConverseReactor final : public grpc::ServerBidiReactor<v1::ConverseRequest, v1::ConverseResponse> {
 public:
  static constexpr int kItemsPerFrameMax = 256;
  // No further frame is read while this many items wait for their answers.
  static constexpr int kWaitingMax = 1024;

  static ConverseReactor* Start(const grpc::CallbackServerContext& context, const ConverseParts& parts);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ConverseReactor(const grpc::CallbackServerContext& context, const ConverseParts& parts)
      : context_(context), parts_(parts) {}

  void TakeFrame(const std::shared_ptr<v1::ConverseRequest>& frame);
  void TakeItem(const v1::ConverseItem& item, const std::shared_ptr<const Caller>& caller, Duration left,
                const std::shared_ptr<v1::ConverseRequest>& frame);
  // Adds one answer and sends what is ready. `fill` writes into it.
  template <typename Fill>
  void Answer(uint64_t correlation_id, Fill fill);
  void AnswerProblem(uint64_t correlation_id, const absl::Status& status);

  // What is next: send, read on, or finish.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ending(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const grpc::CallbackServerContext& context_;
  const ConverseParts parts_;
  std::shared_ptr<ConverseReactor> self_;  // until gRPC is done
  Wakers::Subscription drain_subscription_;
  const std::shared_ptr<FramePool<v1::ConverseRequest>> frames_ =
      std::make_shared<FramePool<v1::ConverseRequest>>();

  Mutex mutex_;
  std::shared_ptr<v1::ConverseRequest> frame_ ABSL_GUARDED_BY(mutex_);  // being read into
  v1::ConverseResponse ready_ ABSL_GUARDED_BY(mutex_);
  v1::ConverseResponse sending_ ABSL_GUARDED_BY(mutex_);
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;  // a frame is being taken: its answers go out together
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;  // nothing more is read
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey

// One RecordEvents stream: logins of the past are counted one after the other, in their order, and summed up.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>

#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/record_summary.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"

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

// Keeps itself alive until gRPC is done with it and the engine owes it no answer.
class RecordReactor final : public grpc::ServerReadReactor<v1::RecordEventsRequest>,
                            public std::enable_shared_from_this<RecordReactor> {
 public:
  static constexpr int kEventsPerFrameMax = 1000;

  static RecordReactor* Start(const grpc::CallbackServerContext& context, v1::RecordEventsResponse* response,
                              const RecordParts& parts);

  void OnReadDone(bool ok) override;
  void OnCancel() override { FinishOnce(absl::CancelledError("the caller is gone")); }
  void OnDone() override;

 private:
  RecordReactor(v1::RecordEventsResponse* response, const RecordParts& parts)
      : response_(response), parts_(parts) {}

  // Holds the reactor for an answer that the engine owes.
  std::shared_ptr<RecordReactor> shared() { return shared_from_this(); }

  // Takes event after event until one is answered later; then its answer goes on. No recursion, however many.
  void Run();
  void EventDone();

  void TakeEvent(const v1::LoginEvent& event);
  void Import(const v1::LoginEvent& event, const Attempt& attempt, TimePoint at);
  void Record(const v1::LoginEvent& event, const Attempt& attempt, Outcome outcome, TimePoint at);
  void RefuseEvent(const absl::Status& status);
  void FinishOnce(const absl::Status& status);

  v1::RecordEventsResponse* const response_;
  const RecordParts parts_;
  std::shared_ptr<const Caller> caller_;
  std::shared_ptr<RecordReactor> self_;  // until gRPC is done
  Wakers::Subscription drain_subscription_;
  std::atomic<bool> finished_{false};

  // One event at a time: these need no lock.
  v1::RecordEventsRequest frame_;
  int next_ = 0;
  RecordSummary summary_;
  enum class Turn : uint8_t { kStarted, kLeft, kDone };
  std::atomic<Turn> turn_{Turn::kDone};
};

}  // namespace latchkey

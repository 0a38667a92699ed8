// LoginGuardService: each call is decoded, asked of the engine, and its answer encoded.
#pragma once

#include <string>

#include "adapters/grpc/assess_calls.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
#include "adapters/grpc/message_pool.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/stats/latency.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey {

// What guarding logins needs. All of it outlives the service and its running calls.
struct GuardParts {
  const CallerAuth& auth;
  Assessor& assessor;
  Reporter& reporter;
  OwnerDesk& owners;
  const KeyMaker& keys;
  const PolicyHolder& policies;
  const Clock& clock;
  DrainSignal& drain;
  ServedTenants tenants{};          // empty: any
  LatencyBoard* latency = nullptr;  // null: nothing is timed
};

// Thread-safe.
class GuardService final
    : public v1::LoginGuardService::WithRawCallbackMethod_Assess<v1::LoginGuardService::CallbackService> {
 public:
  explicit GuardService(GuardParts parts);

  // In bytes: most requests and all answers need no message (request_reader.h, answer_bytes.h).
  grpc::ServerUnaryReactor* Assess(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const v1::ReportRequest* request,
                                   v1::ReportResponse* response) override;
  grpc::ServerBidiReactor<v1::ConverseRequest, v1::ConverseResponse>* Converse(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context, const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerReadReactor<v1::RecordEventsRequest>* RecordEvents(grpc::CallbackServerContext* context,
                                                                 v1::RecordEventsResponse* response) override;

  // Acts of owners: owner_calls.cc.
  grpc::ServerUnaryReactor* ConfirmOwner(grpc::CallbackServerContext* context,
                                         const v1::ConfirmOwnerRequest* request,
                                         v1::ConfirmOwnerResponse* response) override;
  grpc::ServerUnaryReactor* RevokeDevices(grpc::CallbackServerContext* context,
                                          const v1::RevokeDevicesRequest* request,
                                          v1::RevokeDevicesResponse* response) override;
  grpc::ServerUnaryReactor* ListDevices(grpc::CallbackServerContext* context,
                                        const v1::ListDevicesRequest* request,
                                        v1::ListDevicesResponse* response) override;
  grpc::ServerUnaryReactor* NameDevice(grpc::CallbackServerContext* context,
                                       const v1::NameDeviceRequest* request,
                                       v1::NameDeviceResponse* response) override;
  grpc::ServerUnaryReactor* ForgetDevice(grpc::CallbackServerContext* context,
                                         const v1::ForgetDeviceRequest* request,
                                         v1::ForgetDeviceResponse* response) override;
  grpc::ServerUnaryReactor* ListSources(grpc::CallbackServerContext* context,
                                        const v1::ListSourcesRequest* request,
                                        v1::ListSourcesResponse* response) override;
  grpc::ServerUnaryReactor* ForgetSource(grpc::CallbackServerContext* context,
                                         const v1::ForgetSourceRequest* request,
                                         v1::ForgetSourceResponse* response) override;

 private:
  [[nodiscard]] absl::StatusOr<Attempt> AttemptOf(AssessCalls::Call& call,
                                                  const std::shared_ptr<const Caller>& caller) const;

  const GuardParts parts_;
  AssessCalls assess_calls_;
  MessagePool<v1::ReportRequest, v1::ReportResponse> report_messages_;
};

}  // namespace latchkey

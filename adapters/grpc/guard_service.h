// LoginGuardService: each call is decoded, asked of the engine, and its answer encoded.
#pragma once

#include <string>

#include "adapters/grpc/byte_calls.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
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

// The methods by how they are read and answered: in messages, or in bytes where most requests and all answers
// need none (request_reader.h, answer_bytes.h).
using GuardMethods = v1::LoginGuardService;
using GuardInMessages =
    GuardMethods::WithCallbackMethod_Explain<GuardMethods::WithCallbackMethod_RecordEvents<
        GuardMethods::WithCallbackMethod_ConfirmOwner<GuardMethods::WithCallbackMethod_RevokeDevices<
            GuardMethods::WithCallbackMethod_ListDevices<GuardMethods::WithCallbackMethod_NameDevice<
                GuardMethods::WithCallbackMethod_ForgetDevice<GuardMethods::WithCallbackMethod_ListSources<
                    GuardMethods::WithCallbackMethod_ForgetSource<GuardMethods::Service>>>>>>>>>;
using GuardInBytes = GuardMethods::WithRawCallbackMethod_Assess<GuardMethods::WithRawCallbackMethod_Report<
    GuardMethods::WithRawCallbackMethod_Converse<GuardInMessages>>>;

// Thread-safe.
class GuardService final : public GuardInBytes {
 public:
  explicit GuardService(GuardParts parts);

  grpc::ServerUnaryReactor* Assess(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Converse(
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
  const GuardParts parts_;
  ByteCalls calls_;
};

}  // namespace latchkey

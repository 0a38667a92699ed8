// IncidentsService: recognised attacks, for analysts and operators.
#pragma once

#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/base/clock.h"
#include "engine/incident/incident_desk.h"
#include "latchkey/v1/incidents.grpc.pb.h"

namespace latchkey {

// Thread-safe. All that is passed in outlives the service.
class IncidentsService final : public v1::IncidentsService::CallbackService {
 public:
  struct Parts {
    const CallerAuth& auth;
    const KeyMaker& keys;
    NodeLedger& ledger;
    const IncidentBook& book;
    IncidentDesk& desk;
    const Clock& clock;
    DrainSignal& drain;
  };

  explicit IncidentsService(Parts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* ListIncidents(grpc::CallbackServerContext* context,
                                          const v1::ListIncidentsRequest* request,
                                          v1::ListIncidentsResponse* response) override;
  grpc::ServerUnaryReactor* GetIncident(grpc::CallbackServerContext* context,
                                        const v1::GetIncidentRequest* request,
                                        v1::GetIncidentResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchIncidentsResponse>* WatchIncidents(
      grpc::CallbackServerContext* context, const v1::WatchIncidentsRequest* request) override;
  grpc::ServerUnaryReactor* AcknowledgeIncident(grpc::CallbackServerContext* context,
                                                const v1::AcknowledgeIncidentRequest* request,
                                                v1::AcknowledgeIncidentResponse* response) override;
  grpc::ServerUnaryReactor* ResolveIncident(grpc::CallbackServerContext* context,
                                            const v1::ResolveIncidentRequest* request,
                                            v1::ResolveIncidentResponse* response) override;
  grpc::ServerUnaryReactor* MarkFalseAlarm(grpc::CallbackServerContext* context,
                                           const v1::MarkFalseAlarmRequest* request,
                                           v1::MarkFalseAlarmResponse* response) override;
  grpc::ServerUnaryReactor* GetDetectorReport(grpc::CallbackServerContext* context,
                                              const v1::GetDetectorReportRequest* request,
                                              v1::GetDetectorReportResponse* response) override;

 private:
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, Method method, IncidentState state,
                                size_t reason_min, const Request& request, Response* response);
  [[nodiscard]] absl::Status Ready() const;

  Parts parts_;
};

}  // namespace latchkey

#include "adapters/grpc/incidents_service.h"

#include "adapters/grpc/follow_reactor.h"
#include "adapters/grpc/incident_codec.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"
#include "engine/incident/cursor.h"
#include "engine/incident/incident_codec.h"

namespace latchkey {
namespace {

constexpr size_t kIdMax = 64;
constexpr size_t kReasonMax = 256;
constexpr int kPageUsual = 20;
constexpr int kPageMost = 100;
constexpr Duration kSpanUsual = std::chrono::hours(24 * 30);
constexpr Duration kSpanMin = std::chrono::minutes(1);
constexpr Duration kSpanMax = std::chrono::hours(24 * 90);

using IncidentsReactor = FollowReactor<v1::WatchIncidentsResponse>;

class IncidentFollower {
 public:
  IncidentFollower(const NodeLedger& ledger, std::string environment, LedgerPlace place, bool told)
      : ledger_(ledger), environment_(std::move(environment)), place_(place), told_(told) {}

  absl::StatusOr<bool> Read(v1::WatchIncidentsResponse& out) {
    if (!told_) {  // From now: the first message is only where to go on from.
      told_ = true;
      out.set_cursor(CursorOf(environment_, Book::kIncidents, place_));
      return true;
    }
    while (true) {
      LATCHKEY_ASSIGN_OR_RETURN(const auto entries, ledger_.ReadAfter(Book::kIncidents, place_, 1));
      if (entries.empty()) return false;
      const LedgerEntry& entry = entries.front();
      place_ = entry.place;
      // What goes is forgotten, not changed; what a later release wrote cannot be told.
      const std::optional<Incident> incident = DecodeIncident(entry.change.bytes);
      if (!entry.change.keep || !incident) continue;
      out.set_cursor(CursorOf(environment_, Book::kIncidents, place_));
      out.set_sequence(static_cast<int64_t>(place_.position));
      Encode(*incident, out.mutable_incident());
      return true;
    }
  }

 private:
  const NodeLedger& ledger_;
  const std::string environment_;
  LedgerPlace place_;
  bool told_;
};

}  // namespace

absl::Status IncidentsService::Ready() const {
  if (parts_.ledger.ready()) return absl::OkStatus();
  return absl::UnavailableError("the ledger has not been read yet; try again soon");
}

grpc::ServerUnaryReactor* IncidentsService::ListIncidents(grpc::CallbackServerContext* context,
                                                          const v1::ListIncidentsRequest* request,
                                                          v1::ListIncidentsResponse* response) {
  return AnswerNow(
      context, parts_.auth, Method::kListIncidents, [&](const Caller& /*caller*/) -> absl::Status {
        LATCHKEY_RETURN_IF_ERROR(Ready());
        LATCHKEY_ASSIGN_OR_RETURN(const IncidentFilter filter, DecodeFilter(*request, parts_.keys));
        LATCHKEY_ASSIGN_OR_RETURN(const size_t page_size,
                                  DecodePageSize(request->page_size(), kPageUsual, kPageMost));
        LATCHKEY_ASSIGN_OR_RETURN(auto page, parts_.book.List(filter, page_size, request->page_token()));
        for (const Incident& incident : page.incidents) Encode(incident, response->add_incidents());
        response->set_next_page_token(std::move(page.next_page_token));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* IncidentsService::GetIncident(grpc::CallbackServerContext* context,
                                                        const v1::GetIncidentRequest* request,
                                                        v1::GetIncidentResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kGetIncident, [&](const Caller& /*caller*/) -> absl::Status {
    LATCHKEY_RETURN_IF_ERROR(CheckText("incident_id", request->incident_id(), 1, kIdMax));
    LATCHKEY_RETURN_IF_ERROR(Ready());
    const std::optional<IncidentBook::Known> known = parts_.book.Get(request->incident_id());
    if (!known) return absl::NotFoundError("incident_id: no such incident; it may be too old");
    Encode(known->incident, response->mutable_incident());
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::WatchIncidentsResponse>* IncidentsService::WatchIncidents(
    grpc::CallbackServerContext* context, const v1::WatchIncidentsRequest* request) {
  const auto caller = parts_.auth.Authorize(*context, Method::kWatchIncidents);
  if (!caller.ok()) return IncidentsReactor::Refuse(caller.status());
  const std::string& environment = parts_.keys.environment();
  const absl::StatusOr<LedgerPlace> place = request->cursor().empty()
                                                ? parts_.ledger.Latest(Book::kIncidents)
                                                : PlaceOf(environment, Book::kIncidents, request->cursor());
  if (!place.ok()) return IncidentsReactor::Refuse(place.status());
  auto follower = std::make_shared<IncidentFollower>(parts_.ledger, environment, *place,
                                                     /*told=*/!request->cursor().empty());
  return IncidentsReactor::Start(
      WhileAllowed<v1::WatchIncidentsResponse>(
          parts_.auth, *context, Method::kWatchIncidents,
          [follower](v1::WatchIncidentsResponse& out) { return follower->Read(out); }),
      [this](std::function<void()> wake) { return parts_.ledger.Follow(std::move(wake)); }, parts_.drain);
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* IncidentsService::Say(grpc::CallbackServerContext* context, Method method,
                                                IncidentState state, size_t reason_min,
                                                const Request& request, Response* response) {
  return AnswerLater(context, parts_.auth, method,
                     [&](const std::shared_ptr<const Caller>& caller, Duration /*left*/, Finisher finish) {
                       absl::Status status = CheckText("incident_id", request.incident_id(), 1, kIdMax);
                       if (status.ok())
                         status = CheckText("reason", request.reason(), reason_min, kReasonMax);
                       if (status.ok()) status = Ready();
                       if (!status.ok()) return finish(status);
                       parts_.desk.Say(request.incident_id(), state, caller->name, request.reason(),
                                       parts_.clock.Now(),
                                       [finish, response](const absl::StatusOr<Incident>& incident) {
                                         if (incident.ok()) Encode(*incident, response->mutable_incident());
                                         finish(incident.status());
                                       });
                     });
}

grpc::ServerUnaryReactor* IncidentsService::AcknowledgeIncident(grpc::CallbackServerContext* context,
                                                                const v1::AcknowledgeIncidentRequest* request,
                                                                v1::AcknowledgeIncidentResponse* response) {
  return Say(context, Method::kAcknowledgeIncident, IncidentState::kAcknowledged, 0, *request, response);
}

grpc::ServerUnaryReactor* IncidentsService::ResolveIncident(grpc::CallbackServerContext* context,
                                                            const v1::ResolveIncidentRequest* request,
                                                            v1::ResolveIncidentResponse* response) {
  return Say(context, Method::kResolveIncident, IncidentState::kResolved, 1, *request, response);
}

grpc::ServerUnaryReactor* IncidentsService::MarkFalseAlarm(grpc::CallbackServerContext* context,
                                                           const v1::MarkFalseAlarmRequest* request,
                                                           v1::MarkFalseAlarmResponse* response) {
  return Say(context, Method::kMarkFalseAlarm, IncidentState::kFalseAlarm, 1, *request, response);
}

grpc::ServerUnaryReactor* IncidentsService::GetDetectorReport(grpc::CallbackServerContext* context,
                                                              const v1::GetDetectorReportRequest* request,
                                                              v1::GetDetectorReportResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kGetDetectorReport,
                   [&](const Caller& /*caller*/) -> absl::Status {
                     LATCHKEY_RETURN_IF_ERROR(Ready());
                     Duration span = kSpanUsual;
                     if (request->has_span()) {
                       LATCHKEY_ASSIGN_OR_RETURN(span, DecodeDuration("span", request->span()));
                       if (span < kSpanMin || span > kSpanMax)
                         return WrongField("span", "must be 1 minute to 90 days");
                     }
                     for (const DetectorReport& report : parts_.book.Report(parts_.clock.Now() - span))
                       Encode(report, response->add_detectors());
                     return absl::OkStatus();
                   });
}

}  // namespace latchkey

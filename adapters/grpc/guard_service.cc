#include "adapters/grpc/guard_service.h"

#include "adapters/grpc/answer_bytes.h"
#include "adapters/grpc/converse_reactor.h"
#include "adapters/grpc/explain_codec.h"
#include "adapters/grpc/record_reactor.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"

namespace latchkey {

GuardService::GuardService(GuardParts parts) : parts_(std::move(parts)) {}

grpc::ServerUnaryReactor* GuardService::Assess(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return AnswerLater(
      context, parts_.auth, Method::kAssess, [&](const auto& caller, Duration left, Finisher finish) {
        // The closure knows the call alone, so that it needs no memory of its own.
        ByteCalls::Call* const call = calls_.Begin(finish.reactor(), *request, response);
        call->timer = CallTimer(parts_.latency);
        absl::StatusOr<Attempt> attempt =
            AttemptIn(call->bytes(), call->message, caller->name, parts_.tenants, parts_.clock, caller);
        if (!attempt.ok()) return call->Finish(attempt.status());
        call->kinds = attempt->fields().challenge_kinds;
        parts_.assessor.Assess(*std::move(attempt), left, [call](absl::StatusOr<Decision>&& decision) {
          call->timer.Decided();
          if (!decision.ok()) return call->Finish(decision.status());
          call->Answer(AnswerBytes(*decision, call->kinds).view());
        });
      });
}

grpc::ServerUnaryReactor* GuardService::Report(grpc::CallbackServerContext* context,
                                               const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return AnswerLater(
      context, parts_.auth, Method::kReport, [&](const auto& /*caller*/, Duration left, Finisher finish) {
        ByteCalls::Call* const call = calls_.Begin(finish.reactor(), *request, response);
        const absl::StatusOr<latchkey::Report> report = ReportIn(call->bytes(), call->message);
        if (!report.ok()) return call->Finish(report.status());
        parts_.reporter.Take(*report, left, [call](const absl::StatusOr<ReportResult>& result) {
          if (!result.ok()) return call->Finish(result.status());
          call->Answer(AnswerBytes(*result).view());
        });
      });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* GuardService::Converse(
    grpc::CallbackServerContext* context) {
  return ConverseReactor::Start(*context, {parts_.auth, parts_.assessor, parts_.reporter, parts_.clock,
                                           parts_.drain, parts_.tenants, parts_.latency});
}

grpc::ServerUnaryReactor* GuardService::Explain(grpc::CallbackServerContext* context,
                                                const v1::ExplainRequest* request,
                                                v1::ExplainResponse* response) {
  return AnswerLater(
      context, parts_.auth, Method::kExplain, [&](const auto& caller, Duration left, Finisher finish) {
        const auto answer = [request, response, finish](const absl::StatusOr<Explanation>& explanation) {
          if (!explanation.ok()) return finish(explanation.status());
          Encode(*explanation, request->attempt().challenge_kinds(), response);
          finish(absl::OkStatus());
        };
        if (request->has_attempt()) {
          absl::StatusOr<Attempt> attempt =
              Decode(request->attempt(), caller->name, parts_.tenants, parts_.clock, caller);
          if (!attempt.ok()) return finish(attempt.status());
          return parts_.assessor.Explain(*std::move(attempt), left, answer);
        }
        const auto id = ParseDecisionId(request->decision_id());
        if (!id) return finish(WrongField("decision_id", "is not one that Assess has answered"));
        answer(parts_.assessor.ExplainPast(*id));
      });
}

grpc::ServerReadReactor<v1::RecordEventsRequest>* GuardService::RecordEvents(
    grpc::CallbackServerContext* context, v1::RecordEventsResponse* response) {
  return RecordReactor::Start(*context, response,
                              {parts_.auth, parts_.assessor, parts_.reporter, parts_.owners, parts_.clock,
                               parts_.drain, parts_.tenants});
}

}  // namespace latchkey

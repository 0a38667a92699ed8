#include "adapters/grpc/delivery_service.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kTargetMax = 64;
constexpr int kLettersUsual = 50;
constexpr int kLettersMost = 100;

v1::TargetCircuit ToWire(Outbox::Circuit circuit) {
  switch (circuit) {
    case Outbox::Circuit::kClosed:
      return v1::TARGET_CIRCUIT_CLOSED;
    case Outbox::Circuit::kOpen:
      return v1::TARGET_CIRCUIT_OPEN;
    case Outbox::Circuit::kStopped:
      break;
  }
  return v1::TARGET_CIRCUIT_STOPPED;
}

void EncodeTarget(const Outbox::TargetState& state, v1::TargetStatus* out) {
  out->set_target(state.name);
  out->set_circuit(ToWire(state.circuit));
  if (state.open_until) EncodeTime(*state.open_until, out->mutable_retry_time());
  out->set_waiting(static_cast<int64_t>(state.waiting));
  out->set_sending(static_cast<int64_t>(state.sending));
  out->set_dead(static_cast<int64_t>(state.dead));
  out->set_bytes(static_cast<int64_t>(state.bytes));
  if (state.oldest) EncodeTime(*state.oldest, out->mutable_oldest_time());
  out->set_delivered(static_cast<int64_t>(state.delivered));
  out->set_failures(static_cast<int64_t>(state.failures));
  out->set_dropped(static_cast<int64_t>(state.dropped));
  out->set_dead_dropped(static_cast<int64_t>(state.lost_dead));
  out->set_last_failure(state.last_failure);
  if (state.last_delivered) EncodeTime(*state.last_delivered, out->mutable_delivered_time());
}

void EncodeLetter(const OutboxEntry& entry, v1::DeadLetter* out) {
  out->set_letter_id(static_cast<int64_t>(entry.position));
  out->set_target(entry.target);
  out->set_notice_id(entry.notice_id);
  out->set_kind(std::string(NoticeKindName(entry.kind)));
  out->set_attempts(entry.attempts);
  out->set_reason(entry.why);
  EncodeTime(entry.made, out->mutable_make_time());
  EncodeTime(entry.died, out->mutable_give_up_time());
}

absl::StatusOr<uint64_t> DecodeAfter(const std::string& page_token) {
  uint64_t after = 0;
  if (!page_token.empty() && !absl::SimpleAtoi(page_token, &after))
    return WrongField("page_token", "is not one that an answer had");
  return after;
}

}  // namespace

template <typename Handle>
grpc::ServerUnaryReactor* DeliveryService::Answer(grpc::CallbackServerContext* context, Method method,
                                                  Handle handle) {
  return AnswerNow(context, auth_, method, [&](const Caller& /*caller*/) -> absl::Status {
    if (courier_ == nullptr)
      return absl::FailedPreconditionError("this server delivers nothing: delivery.targets is not set");
    return handle();
  });
}

grpc::ServerUnaryReactor* DeliveryService::GetDeliveryStatus(grpc::CallbackServerContext* context,
                                                             const v1::GetDeliveryStatusRequest* /*request*/,
                                                             v1::GetDeliveryStatusResponse* response) {
  return Answer(context, Method::kGetDeliveryStatus, [&]() -> absl::Status {
    for (const Outbox::TargetState& state : courier_->States()) EncodeTarget(state, response->add_targets());
    const PumpCounts pump = pump_->counts();
    response->set_delivering(pump.delivering);
    response->set_gaps(static_cast<int64_t>(pump.gaps));
    response->set_storage_ok(courier_->counts().storage_ok);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DeliveryService::ListDeadLetters(grpc::CallbackServerContext* context,
                                                           const v1::ListDeadLettersRequest* request,
                                                           v1::ListDeadLettersResponse* response) {
  return Answer(context, Method::kListDeadLetters, [&]() -> absl::Status {
    LATCHKEY_RETURN_IF_ERROR(CheckText("target", request->target(), 0, kTargetMax));
    LATCHKEY_ASSIGN_OR_RETURN(const size_t size,
                              DecodePageSize(request->page_size(), kLettersUsual, kLettersMost));
    LATCHKEY_ASSIGN_OR_RETURN(const uint64_t after, DecodeAfter(request->page_token()));
    const std::vector<OutboxEntry> letters = courier_->DeadLetters(request->target(), after, size);
    for (const OutboxEntry& letter : letters) EncodeLetter(letter, response->add_letters());
    if (letters.size() == size) response->set_next_page_token(absl::StrCat(letters.back().position));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DeliveryService::ReplayDeadLetters(grpc::CallbackServerContext* context,
                                                             const v1::ReplayDeadLettersRequest* request,
                                                             v1::ReplayDeadLettersResponse* response) {
  return Answer(context, Method::kReplayDeadLetters, [&]() -> absl::Status {
    LATCHKEY_RETURN_IF_ERROR(CheckText("target", request->target(), 1, kTargetMax));
    if (request->letter_id() < 0) return WrongField("letter_id", "must not be negative");
    std::optional<uint64_t> letter;
    if (request->letter_id() != 0) letter = static_cast<uint64_t>(request->letter_id());
    LATCHKEY_ASSIGN_OR_RETURN(const size_t count, courier_->Replay(request->target(), letter));
    response->set_replayed(static_cast<int64_t>(count));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DeliveryService::SendTestNotice(grpc::CallbackServerContext* context,
                                                          const v1::SendTestNoticeRequest* request,
                                                          v1::SendTestNoticeResponse* response) {
  return Answer(context, Method::kSendTestNotice, [&]() -> absl::Status {
    LATCHKEY_RETURN_IF_ERROR(CheckText("target", request->target(), 1, kTargetMax));
    LATCHKEY_ASSIGN_OR_RETURN(*response->mutable_notice_id(), courier_->SendTest(request->target()));
    return absl::OkStatus();
  });
}

}  // namespace latchkey

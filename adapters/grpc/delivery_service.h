// DeliveryService: whether what other systems are told has arrived.
#pragma once

#include "adapters/grpc/caller_auth.h"
#include "engine/delivery/courier.h"
#include "engine/delivery/notice_pump.h"
#include "latchkey/v1/delivery.grpc.pb.h"

namespace latchkey {

// Thread-safe. All of it outlives the service and its running calls.
class DeliveryService final : public v1::DeliveryService::CallbackService {
 public:
  // Without a courier there are no targets, and every call says so.
  DeliveryService(const CallerAuth& auth, Courier* courier, const NoticePump* pump)
      : auth_(auth), courier_(courier), pump_(pump) {}

  grpc::ServerUnaryReactor* GetDeliveryStatus(grpc::CallbackServerContext* context,
                                              const v1::GetDeliveryStatusRequest* request,
                                              v1::GetDeliveryStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const v1::ListDeadLettersRequest* request,
                                            v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeadLetters(grpc::CallbackServerContext* context,
                                              const v1::ReplayDeadLettersRequest* request,
                                              v1::ReplayDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* SendTestNotice(grpc::CallbackServerContext* context,
                                           const v1::SendTestNoticeRequest* request,
                                           v1::SendTestNoticeResponse* response) override;

 private:
  template <typename Handle>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Method method, Handle handle);

  const CallerAuth& auth_;
  Courier* courier_;
  const NoticePump* pump_;
};

}  // namespace latchkey

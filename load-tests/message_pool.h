// Reuses the messages of a busy unary method: a call then allocates neither its request nor its response,
// nor most of the strings in them.
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <memory>

#include "engine/base/pool.h"

namespace latchkey::load {

// Thread-safe. Outlives the server. Keeps no message that was large.
template <typename Request, typename Response>
class MessagePool final : public grpc::MessageAllocator<Request, Response> {
 public:
  // One call: its messages.
  class Call final : public grpc::MessageHolder<Request, Response>, public Pooled {
   public:
    Call() {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    void Release() override { pool_->TakeBack(std::unique_ptr<Call>(this)); }

   private:
    friend class MessagePool;
    MessagePool* pool_ = nullptr;
    Request request_;
    Response response_;
  };

  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    std::unique_ptr<Call> call = calls_.Take();
    call->pool_ = this;
    return call.release();
  }

 private:
  static constexpr size_t kBytesMax = 8192;

  void TakeBack(std::unique_ptr<Call> call) {
    if (call->request_.ByteSizeLong() + call->response_.ByteSizeLong() > kBytesMax) return;
    call->request_.Clear();
    call->response_.Clear();
    calls_.Give(std::move(call));
  }

  Pool<Call> calls_;
};

}  // namespace latchkey::load

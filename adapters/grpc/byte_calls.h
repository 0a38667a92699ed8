// Calls of a busy unary method that are answered in bytes: what is kept of a call, its request too, is used
// again with the memory that it has.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "adapters/grpc/call_timer.h"
#include "adapters/grpc/status_mapping.h"
#include "engine/base/pool.h"

namespace latchkey {

// Thread-safe. Outlives the server. Keeps no request that was large.
template <typename Request>
class ByteCalls {
 public:
  // One call. Ends with Finish or Answer, once, from any thread; it is not to be touched after that.
  class Call final : public Pooled {
   public:
    // False when these are not the bytes of a request.
    [[nodiscard]] bool Read(const grpc::ByteBuffer& bytes) {
      grpc::Slice slice;
      if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) return false;
      size_ = slice.size();
      return request_.ParseFromArray(slice.begin(), static_cast<int>(size_));
    }
    [[nodiscard]] const Request& request() const { return request_; }

    void Answer(std::string_view bytes) {
      const grpc::Slice slice(bytes.data(), bytes.size());
      grpc::ByteBuffer answer(&slice, 1);
      response_->Swap(&answer);
      Finish(absl::OkStatus());
    }
    void Finish(const absl::Status& status) {
      grpc::ServerUnaryReactor* const reactor = reactor_;
      of_->TakeBack(std::unique_ptr<Call>(this));
      reactor->Finish(ToGrpc(status));
    }

    CallTimer timer;

   private:
    friend class ByteCalls;
    ByteCalls* of_ = nullptr;
    grpc::ServerUnaryReactor* reactor_ = nullptr;
    grpc::ByteBuffer* response_ = nullptr;
    Request request_;
    size_t size_ = 0;  // of the request's bytes
  };

  [[nodiscard]] Call* Begin(grpc::ServerUnaryReactor* reactor, grpc::ByteBuffer* response) {
    std::unique_ptr<Call> call = calls_.Take();
    call->of_ = this;
    call->reactor_ = reactor;
    call->response_ = response;
    return call.release();
  }

 private:
  static constexpr size_t kBytesMax = 8192;

  void TakeBack(std::unique_ptr<Call> call) {
    if (call->size_ > kBytesMax) return;
    call->request_.Clear();
    calls_.Give(std::move(call));
  }

  Pool<Call> calls_;
};

}  // namespace latchkey

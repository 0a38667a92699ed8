// Calls of Assess, which are read and answered in bytes: what is kept of a call is used again with the memory
// that it has.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "adapters/grpc/call_timer.h"
#include "adapters/grpc/unary.h"
#include "engine/attempt/attempt.h"
#include "engine/base/pool.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

// Thread-safe. Outlives the server. Keeps no message that was large.
class AssessCalls {
 public:
  // One call. Ends with Finish or Answer, once, from any thread; it is not to be touched after that.
  class Call final : public Pooled {
   public:
    // The request's; they lie there until the call ends.
    [[nodiscard]] std::string_view bytes() const {
      return {reinterpret_cast<const char*>(bytes_.begin()), bytes_.size()};
    }
    // A message made of them, or null when they are none. It lives until the call ends.
    [[nodiscard]] const v1::AssessRequest* Parse() {
      return request_.ParseFromArray(bytes_.begin(), static_cast<int>(bytes_.size())) ? &request_ : nullptr;
    }

    void Answer(std::string_view bytes) {
      const grpc::Slice slice(bytes.data(), bytes.size());
      grpc::ByteBuffer answer(&slice, 1);
      response_->Swap(&answer);
      Finish(absl::OkStatus());
    }
    void Finish(const absl::Status& status) {
      const Finisher finish(reactor_);
      of_->TakeBack(std::unique_ptr<Call>(this));
      finish(status);
    }

    CallTimer timer;
    decltype(AttemptView::challenge_kinds) kinds;  // that the attempt's path can show

   private:
    friend class AssessCalls;
    AssessCalls* of_ = nullptr;
    grpc::ServerUnaryReactor* reactor_ = nullptr;
    grpc::ByteBuffer* response_ = nullptr;
    grpc::Slice bytes_;
    v1::AssessRequest request_;
  };

  [[nodiscard]] Call* Begin(grpc::ServerUnaryReactor* reactor, const grpc::ByteBuffer& request,
                            grpc::ByteBuffer* response) {
    std::unique_ptr<Call> call = calls_.Take();
    call->of_ = this;
    call->reactor_ = reactor;
    call->response_ = response;
    // What cannot be read is a request without fields, which says what it misses.
    if (!request.TrySingleSlice(&call->bytes_).ok() && !request.DumpToSingleSlice(&call->bytes_).ok())
      call->bytes_ = grpc::Slice();
    return call.release();
  }

 private:
  static constexpr size_t kBytesMax = 8192;

  void TakeBack(std::unique_ptr<Call> call) {
    if (call->bytes_.size() > kBytesMax) return;
    call->bytes_ = grpc::Slice();
    call->request_.Clear();
    calls_.Give(std::move(call));
  }

  Pool<Call> calls_;
};

}  // namespace latchkey

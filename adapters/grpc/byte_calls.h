// Unary calls that are read and answered in bytes: what is kept of a call is used again with the memory that
// it has.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "adapters/grpc/call_timer.h"
#include "adapters/grpc/request_reader.h"
#include "adapters/grpc/unary.h"
#include "engine/attempt/attempt.h"
#include "engine/base/pool.h"

namespace latchkey {

// The bytes of a message that was received. What cannot be read is a message without fields, which says what
// it misses.
[[nodiscard]] inline grpc::Slice BytesOf(const grpc::ByteBuffer& received) {
  grpc::Slice bytes;
  if (!received.TrySingleSlice(&bytes).ok() && !received.DumpToSingleSlice(&bytes).ok()) return {};
  return bytes;
}
[[nodiscard]] inline std::string_view ViewOf(const grpc::Slice& bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

// Thread-safe. Outlives the server. Keeps no message.
class ByteCalls {
 public:
  // One call. Ends with Finish or Answer, once, from any thread; it is not to be touched after that.
  class Call final : public Pooled {
   public:
    // The request's; they lie there until the call ends.
    [[nodiscard]] std::string_view bytes() const { return ViewOf(bytes_); }

    void Answer(std::string_view bytes) {
      const grpc::Slice slice(bytes.data(), bytes.size());
      grpc::ByteBuffer answer(&slice, 1);
      response_->Swap(&answer);
      Finish(absl::OkStatus());
    }
    void Finish(const absl::Status& status) {
      const Finisher finish(reactor_);
      bytes_ = grpc::Slice();
      message.reset();
      of_->calls_.Give(std::unique_ptr<Call>(this));
      finish(status);
    }

    CallTimer timer;
    decltype(AttemptView::challenge_kinds) kinds;  // that the attempt's path can show
    KeptMessage message;                           // made of the bytes; lives until the call ends

   private:
    friend class ByteCalls;
    ByteCalls* of_ = nullptr;
    grpc::ServerUnaryReactor* reactor_ = nullptr;
    grpc::ByteBuffer* response_ = nullptr;
    grpc::Slice bytes_;
  };

  [[nodiscard]] Call* Begin(grpc::ServerUnaryReactor* reactor, const grpc::ByteBuffer& request,
                            grpc::ByteBuffer* response) {
    std::unique_ptr<Call> call = calls_.Take();
    call->of_ = this;
    call->reactor_ = reactor;
    call->response_ = response;
    call->bytes_ = BytesOf(request);
    return call.release();
  }

 private:
  Pool<Call> calls_;
};

}  // namespace latchkey

// One `Converse` stream, as gRPC's callbacks have it. What to say on it is its owner's to know.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <memory>

#include "adapters/clients/cpp/dialer.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey::client {

class ConverseStream final : public grpc::ClientBidiReactor<v1::ConverseRequest, v1::ConverseResponse> {
 public:
  // What the owner wants done next.
  enum class Next {
    kNothing,
    kWrite,    // frame() is filled
    kRelease,  // nothing more will be written, ever; said once
  };

  // Hears of the stream on gRPC's threads; several at once.
  class Owner {
   public:
    // It may take `answers` apart.
    virtual void Heard(v1::ConverseResponse& answers) = 0;
    // frame() is the owner's again. Not `ok`: the stream is breaking.
    virtual Next Written(bool ok) = 0;
    // No more will be heard.
    virtual Next Broken() = 0;
    // The last word: nothing of the stream runs any more, and the owner may delete it, but on another thread.
    virtual void Lost(const grpc::Status& status) = 0;

   protected:
    ~Owner() = default;
  };

  // `owner` outlives the stream.
  ConverseStream(Owner& owner, std::shared_ptr<grpc::Channel> channel, const Dialer& dialer);

  // Before Start: a stream that is not to last.
  void EndBy(std::chrono::system_clock::time_point deadline) { context_.set_deadline(deadline); }
  // Once. Lost follows, in the end.
  void Start();
  // The owner's to fill while nothing is being written.
  [[nodiscard]] v1::ConverseRequest& frame() { return frame_; }
  // Writes frame(), which stays as it is until Written. Not after kRelease. From any thread; never blocks.
  void Write() { StartWrite(&frame_); }
  // From any thread, while the stream lives.
  void Cancel() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { Do(owner_.Written(ok)); }
  void OnDone(const grpc::Status& status) override { owner_.Lost(status); }
  void Do(Next next);

  Owner& owner_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::LoginGuardService::Stub> stub_;
  grpc::ClientContext context_;
  v1::ConverseRequest frame_;
  v1::ConverseResponse incoming_;
};

}  // namespace latchkey::client

// Streams what happens to one caller for as long as it listens: woken by whoever makes it happen, read at the
// caller's own pace.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/status_mapping.h"
#include "engine/base/mutex.h"
#include "engine/base/status_macros.h"
#include "engine/base/wakers.h"

namespace latchkey {

// Owned by gRPC: deletes itself when the call is done. Ends when the server drains.
template <typename Response>
class FollowReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  // Fills the next message and says whether there was one; never called twice at a time. A status ends the
  // stream.
  using Read = std::function<absl::StatusOr<bool>(Response&)>;
  using Follow = std::function<Wakers::Subscription(std::function<void()> wake)>;

  static FollowReactor* Start(Read read, const Follow& follow, DrainSignal& drain) {
    auto* reactor = new FollowReactor(std::move(read), &drain);
    const std::shared_ptr<Link> link = reactor->link_;
    reactor->subscription_ = follow([link] { Wake(*link); });
    reactor->drain_subscription_ = drain.Follow([link] { Wake(*link); });
    if (reactor->subscription_ == nullptr || reactor->drain_subscription_ == nullptr) {
      reactor->FinishOnce(absl::ResourceExhaustedError("too many streams of this kind; try again later"));
    } else {
      Wake(*link);
    }
    return reactor;
  }

  // Ends the stream at once with a status, for handlers that refuse.
  static FollowReactor* Refuse(const absl::Status& status) {
    auto* reactor = new FollowReactor(nullptr, nullptr);
    reactor->FinishOnce(status);
    return reactor;
  }

  void OnWriteDone(bool ok) override {
    const std::shared_ptr<Link> link = link_;
    {
      const MutexLock lock(link->mutex);
      writing_ = false;
      if (!ok) FinishLocked(absl::CancelledError("the caller is gone"));
    }
    Wake(*link);
  }

  void OnCancel() override { FinishOnce(absl::CancelledError("the caller is gone")); }

  void OnDone() override {
    const std::shared_ptr<Link> link = link_;
    {
      const MutexLock lock(link->mutex);
      link->reactor = nullptr;
    }
    delete this;
  }

 private:
  // Outlives the reactor, so that a late wake finds nobody instead of a corpse.
  struct Link {
    std::atomic<int> wakes{0};
    Mutex mutex;
    FollowReactor* reactor ABSL_GUARDED_BY(mutex) = nullptr;
  };

  FollowReactor(Read read, DrainSignal* drain)
      : read_(std::move(read)), drain_(drain), link_(std::make_shared<Link>()) {
    const MutexLock lock(link_->mutex);
    link_->reactor = this;
  }

  // Who finds another at work leaves the wake to it and never waits: reading may itself wake.
  static void Wake(Link& link) {
    if (link.wakes.fetch_add(1) > 0) return;
    int seen = 1;
    do {
      const MutexLock lock(link.mutex);
      if (link.reactor != nullptr) link.reactor->WriteNext();
    } while (!link.wakes.compare_exchange_strong(seen, 0));
  }

  // The two below with the link's mutex held.
  void WriteNext() {
    if (writing_ || finished_) return;
    if (drain_->begun()) return FinishLocked(absl::UnavailableError("the server drains; connect again"));
    response_.Clear();
    const absl::StatusOr<bool> any = read_(response_);
    if (!any.ok()) return FinishLocked(any.status());
    if (!*any) return;
    writing_ = true;
    this->StartWrite(&response_);
  }

  void FinishLocked(const absl::Status& status) {
    if (finished_) return;
    finished_ = true;
    this->Finish(ToGrpc(status));
  }

  void FinishOnce(const absl::Status& status) {
    const std::shared_ptr<Link> link = link_;
    const MutexLock lock(link->mutex);
    FinishLocked(status);
  }

  const Read read_;
  DrainSignal* const drain_;
  const std::shared_ptr<Link> link_;
  Wakers::Subscription subscription_;
  Wakers::Subscription drain_subscription_;
  Response response_;
  bool writing_ = false;
  bool finished_ = false;
};

// `read` for as long as the caller may call the method: a key that was taken away ends its streams.
template <typename Response, typename ReadNext>
typename FollowReactor<Response>::Read WhileAllowed(const CallerAuth& auth,
                                                    const grpc::ServerContextBase& context, Method method,
                                                    ReadNext read) {
  return [&auth, &context, method, read = std::move(read)](Response& out) -> absl::StatusOr<bool> {
    LATCHKEY_RETURN_IF_ERROR(auth.Authorize(context, method).status());
    return read(out);
  };
}

}  // namespace latchkey

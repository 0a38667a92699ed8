#include "adapters/redis/dialer.h"

#include <sys/epoll.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {

Dialer::Dialer(EventLoop& loop, RedisUrl url, std::shared_ptr<const TlsContext> tls)
    : loop_(loop), url_(std::move(url)), tls_(std::move(tls)), resolver_(loop) {}

void Dialer::Dial(Duration timeout, Done done) {
  Cancel();
  done_ = std::move(done);
  last_error_ = absl::UnavailableError(absl::StrCat("resolving ", url_.host));
  timeout_ = loop_.StartTimer(std::chrono::steady_clock::now() + timeout, [this, timeout] {
    Finish(absl::DeadlineExceededError(
        absl::StrCat("no connection within ", timeout.count(), " ms (", last_error_.message(), ")")));
  });
  if (!url_.socket_path.empty()) {
    start_ = loop_.StartTimer(std::chrono::steady_clock::now(), [this] {
      absl::StatusOr<SocketAddress> local = UnixSocketAddress(url_.socket_path);
      if (!local.ok()) return Finish(local.status());
      Try({*local});
    });
    return;
  }
  resolver_.Resolve(url_.host, url_.port, [this](absl::StatusOr<std::vector<SocketAddress>> addresses) {
    if (!addresses.ok()) return Finish(addresses.status());
    Try(*std::move(addresses));
  });
}

void Dialer::Cancel() {
  done_ = nullptr;
  resolver_.Cancel();
  loop_.CancelTimer(start_);
  loop_.CancelTimer(timeout_);
  DropSocket();
}

void Dialer::Try(std::vector<SocketAddress> addresses) {
  addresses_ = std::move(addresses);
  next_address_ = 0;
  TryNext();
}

void Dialer::TryNext() {
  DropSocket();
  if (next_address_ == addresses_.size()) return Finish(last_error_);
  const SocketAddress& address = addresses_[next_address_++];
  last_error_ = absl::UnavailableError(absl::StrCat(address.Text(), ": no answer yet"));
  absl::StatusOr<std::unique_ptr<Transport>> transport = OpenSocket(address);
  if (!transport.ok()) return Fail(transport.status());
  if (url_.tls) transport = tls_->Wrap(*std::move(transport), url_.host);
  if (!transport.ok()) return Fail(transport.status());
  transport_ = *std::move(transport);
  absl::Status watching = loop_.Watch(transport_->fd(), EPOLLOUT, [this](uint32_t) { GoOn(); });
  if (!watching.ok()) return Fail(watching);
  watched_ = true;
}

void Dialer::GoOn() {
  absl::StatusOr<SocketWait> wait = transport_->Establish();
  if (!wait.ok()) return Fail(wait.status());
  if (*wait == SocketWait::kNothing) {
    loop_.Unwatch(transport_->fd());
    watched_ = false;
    return Finish(std::move(transport_));
  }
  loop_.Rewatch(transport_->fd(), *wait == SocketWait::kReadable ? EPOLLIN : EPOLLOUT);
}

void Dialer::Fail(const absl::Status& why) {
  last_error_ =
      absl::Status(why.code(), absl::StrCat(addresses_[next_address_ - 1].Text(), ": ", why.message()));
  TryNext();
}

void Dialer::Finish(absl::StatusOr<std::unique_ptr<Transport>> result) {
  Done done = std::exchange(done_, nullptr);
  Cancel();
  if (done) done(std::move(result));
}

void Dialer::DropSocket() {
  if (watched_) loop_.Unwatch(transport_->fd());
  watched_ = false;
  transport_ = nullptr;
}

}  // namespace latchkey

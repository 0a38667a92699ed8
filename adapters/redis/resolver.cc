#include "adapters/redis/resolver.h"

#include <netdb.h>

#include <cstring>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

using Addresses = absl::StatusOr<std::vector<SocketAddress>>;

// `flags`: AI_NUMERICHOST makes this free of blocking.
Addresses Ask(const std::string& host, uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(absl::StrCat("resolving ", host, ": ", gai_strerror(error)));
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

// Shared by the resolver and the thread that asks. `loop` is null once cancelled: under the lock, the thread
// either posts to a loop that lives or does not post.
struct Resolver::Question {
  Mutex mutex;
  EventLoop* loop ABSL_GUARDED_BY(mutex) = nullptr;
  Done done;  // The loop thread's.
};

void Resolver::Resolve(const std::string& host, uint16_t port, Done done) {
  Cancel();
  auto question = std::make_shared<Question>();
  {
    MutexLock lock(question->mutex);
    question->loop = &loop_;
  }
  question->done = std::move(done);
  asked_ = question;
  const auto answer = [question](Addresses addresses) {
    MutexLock lock(question->mutex);
    if (question->loop == nullptr) return;
    question->loop->Post([question, addresses = std::move(addresses)]() mutable {
      if (question->done) std::exchange(question->done, nullptr)(std::move(addresses));
    });
  };
  if (Addresses numeric = Ask(host, port, AI_NUMERICHOST); numeric.ok()) return answer(std::move(numeric));
  try {
    std::thread([answer, host, port] { answer(Ask(host, port, AI_ADDRCONFIG)); }).detach();
  } catch (const std::system_error& error) {
    answer(absl::ResourceExhaustedError(absl::StrCat("resolving ", host, ": ", error.what())));
  }
}

void Resolver::Cancel() {
  if (asked_ == nullptr) return;
  {
    MutexLock lock(asked_->mutex);
    asked_->loop = nullptr;
  }
  asked_->done = nullptr;
  asked_ = nullptr;
}

}  // namespace latchkey

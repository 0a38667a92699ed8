// The thread of a Conversation: it connects, rests, watches deadlines, and deletes streams that are lost.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/clients/cpp/conversation.h"

namespace latchkey::client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kConnectMax{5000};
// How long a channel that is being made is watched at a stretch; other chores wait as long.
constexpr milliseconds kWatchMax{10};
// What a stream over a channel that has failed has to say why.
constexpr milliseconds kExplainMax{1000};

}  // namespace

void Conversation::Tend() {
  for (;;) {
    Chores chores;
    {
      const MutexLock lock(mutex_);
      chores = TakeChores(Clock::now());
      if (!chores.any()) {
        if (closing_ && book_.owed() == 0 && stream_ == nullptr) return;
        sleeps_until_ = NextChore();
        wake_.wait_until(mutex_, sleeps_until_);
        sleeps_until_ = TimePoint::min();
        continue;
      }
    }
    Do(std::move(chores));
  }
}

Conversation::Chores Conversation::TakeChores(TimePoint now) {
  Chores chores;
  const auto add = [&](std::vector<Call> calls, const absl::Status& why) {
    for (Call& call : calls) chores.unanswered.emplace_back(std::move(call), why);
  };
  if (!lost_.empty()) {
    add(std::exchange(lost_, {}),
        absl::UnavailableError(
            absl::StrCat("lost the stream after the call was sent: ", counts_.last_failure.message())));
  }
  if (book_.next_deadline() <= now) add(book_.Expire(now), Obstacle());
  if (closing_ && now >= close_by_)
    add(book_.Expire(TimePoint::max()), absl::CancelledError("the client is closing"));
  chores.dead = std::move(dead_);
  TakeLinkChores(now, chores);
  return chores;
}

void Conversation::TakeLinkChores(TimePoint now, Chores& chores) {
  if (closing_ && book_.owed() == 0) return Cancel(chores);
  switch (link_) {
    case Link::kResting:
      if (now < rest_until_) return;
      link_ = Link::kConnecting;
      chores.dial = true;
      return;
    case Link::kConnecting:
      chores.watch = true;
      return;
    case Link::kUp:
      if (book_.in_flight() > 0 && now >= last_heard_ + options_.silence_max) return Cancel(chores);
      if (FillFrame(now)) chores.write = stream_.get();
      return;
    case Link::kOpening:
    case Link::kBreaking:
      return;
  }
}

void Conversation::Cancel(Chores& chores) {
  if (stream_ == nullptr || cancelled_) return;
  cancelled_ = true;
  link_ = Link::kBreaking;
  chores.cancel = stream_.get();
}

TimePoint Conversation::NextChore() const {
  TimePoint next = std::min(book_.next_deadline(), Clock::now() + std::chrono::hours(1));
  if (closing_ && book_.owed() > 0) next = std::min(next, close_by_);
  if (link_ == Link::kResting) next = std::min(next, rest_until_);
  if (link_ == Link::kUp && book_.in_flight() > 0) next = std::min(next, last_heard_ + options_.silence_max);
  if (link_ == Link::kUp && !writing_ && book_.CanFill()) next = std::min(next, linger_until_);
  return next;
}

void Conversation::Do(Chores chores) {
  if (chores.write != nullptr) chores.write->Write();
  if (chores.cancel != nullptr) chores.cancel->Cancel();
  chores.dead.reset();
  if (chores.dial) Dial();
  if (chores.watch) WatchChannel();
  for (const auto& [call, why] : chores.unanswered) AnswerLocally(call, why);
}

void Conversation::Dial() {
  channel_ = dialer_->Dial();
  connect_by_ = Clock::now() + kConnectMax;
}

void Conversation::WatchChannel() {
  const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
  if (state == GRPC_CHANNEL_READY) return Open(/*connected=*/true);
  if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN)
    return Open(/*connected=*/false);
  // Nobody else polls a channel that has no call yet.
  channel_->NotifyOnStateChange(state, std::chrono::system_clock::now() + kWatchMax, &watch_, nullptr);
  void* tag = nullptr;
  bool changed = false;
  (void)watch_.Next(&tag, &changed);
  const TimePoint now = Clock::now();
  if (changed || now < connect_by_) return;
  channel_.reset();
  const MutexLock lock(mutex_);
  Rest(absl::UnavailableError("no connection in time"), now);
}

void Conversation::Open(bool connected) {
  ConverseStream::Owner& owner = *this;
  auto stream = std::make_unique<ConverseStream>(owner, std::move(channel_), *dialer_);
  ConverseStream* const starting = stream.get();
  if (!connected) starting->EndBy(std::chrono::system_clock::now() + kExplainMax);
  {
    const MutexLock lock(mutex_);
    stream_ = std::move(stream);
    held_ = true;
    link_ = Link::kOpening;
  }
  starting->Start();
  if (!connected) return;
  ConverseStream* write = nullptr;
  {
    const MutexLock lock(mutex_);
    if (link_ != Link::kOpening) return;  // It is lost already.
    link_ = Link::kUp;
    ++counts_.streams;
    if (FillFrame(Clock::now())) write = starting;
  }
  if (write != nullptr) write->Write();
}

}  // namespace latchkey::client

#include "adapters/redis/routed_redis_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/redis/redirect.h"

namespace latchkey {
namespace {

SteadyTime Now() { return std::chrono::steady_clock::now(); }

bool NotSent(const absl::Status& status) { return absl::StartsWith(status.message(), "not sent"); }

}  // namespace

RoutedRedisClient::RoutedRedisClient(std::vector<std::unique_ptr<EventLoop>> loops, Settings settings,
                                     MakeTopology make_topology, OnState on_state)
    : settings_(std::move(settings)), on_state_(std::move(on_state)), tracks_(loops.size()) {
  for (size_t i = 0; i < loops.size(); ++i) tracks_[i].loop = std::move(loops[i]);
  for (size_t i = 0; i < tracks_.size(); ++i) {
    Track& track = tracks_[i];
    track.loop->RunAndWait([this, i, &track] {
      track.pool = std::make_unique<NodePool>(
          *track.loop, settings_.access,
          [this, i](const NodeAddress& address, const ConnectionState& state) { OnNode(i, address, state); });
    });
  }
  tracks_[0].loop->RunAndWait([&] {
    topology_ = make_topology(*tracks_[0].loop);
    AskTopology();
  });
}

RoutedRedisClient::~RoutedRedisClient() {
  for (Track& track : tracks_) {
    track.loop->RunAndWait([&track] { track.closing = true; });
  }
  // What was posted before that has run when this does, and nothing is sent any more.
  for (Track& track : tracks_) {
    track.loop->RunAndWait([&] {
      if (&track == &tracks_[0]) {
        track.loop->CancelTimer(refresh_);
        topology_ = nullptr;
      }
      track.loop->CancelTimer(track.wake);
      auto resting = std::exchange(track.resting, {});
      for (auto& [due, rested] : resting)
        rested.first->done(absl::CancelledError("not sent: the client was closed"));
    });
  }
  for (Track& track : tracks_) {
    track.loop->RunAndWait([&track] { track.pool = nullptr; });
  }
}

void RoutedRedisClient::Send(std::string_view key, CommandText command, Duration timeout, Done done) {
  const uint16_t slot = HashSlot(key);
  Track& track = tracks_[slot % tracks_.size()];
  auto call = std::make_shared<Call>(Call{
      .command = std::move(command), .slot = slot, .deadline = Now() + timeout, .done = std::move(done)});
  track.loop->Post([this, &track, call] { Route(track, call); });
}

void RoutedRedisClient::Route(Track& track, const CallRef& call) {
  if (track.closing) return call->done(absl::CancelledError("not sent: the client was closed"));
  if (track.map == nullptr) {
    return Rest(track, call, absl::UnavailableError("not sent: which server holds the key is not known yet"));
  }
  const NodeAddress* owner = track.map->Of(call->slot);
  if (owner == nullptr) {
    Refresh();
    return Rest(track, call,
                absl::UnavailableError(absl::StrCat("not sent: nobody serves slot ", call->slot)));
  }
  SendTo(track, *owner, call, /*asking=*/false);
}

void RoutedRedisClient::SendTo(Track& track, const NodeAddress& address, const CallRef& call, bool asking) {
  const auto left = std::chrono::ceil<Duration>(call->deadline - Now());
  if (left <= Duration::zero()) return call->done(absl::DeadlineExceededError("not sent to Redis in time"));
  auto heard = [this, &track, address, call](absl::StatusOr<Reply> reply) {
    OnReply(track, address, call, std::move(reply));
  };
  Connection& connection = track.pool->To(address);
  if (asking) {
    connection.SendAsking(call->command, left, std::move(heard));
  } else {
    connection.Send(call->command, left, std::move(heard));
  }
}

void RoutedRedisClient::OnReply(Track& track, const NodeAddress& address, const CallRef& call,
                                absl::StatusOr<Reply> reply) {
  if (track.closing) return call->done(std::move(reply));
  if (!reply.ok()) {
    if (!absl::IsResourceExhausted(reply.status())) Refresh();
    if (absl::IsUnavailable(reply.status()) && NotSent(reply.status()))
      return Rest(track, call, std::move(reply));
    return call->done(std::move(reply));
  }
  const Redirect redirect = RedirectOf(*reply, address);
  switch (redirect.kind) {
    case Redirect::Kind::kAnswer:
      return call->done(std::move(reply));
    case Redirect::Kind::kMoved:
    case Redirect::Kind::kAsk:
      if (redirect.kind == Redirect::Kind::kMoved) Refresh();
      if (++call->redirects > kRedirectsMax) {
        return call->done(absl::UnavailableError(
            absl::StrCat("not executed: redirected ", kRedirectsMax, " times, at last: ", reply->text)));
      }
      return SendTo(track, redirect.to, call, redirect.kind == Redirect::Kind::kAsk);
    case Redirect::Kind::kRestAndRefresh:
      Refresh();
      return Rest(track, call, std::move(reply));
    case Redirect::Kind::kRest:
      return Rest(track, call, std::move(reply));
  }
}

void RoutedRedisClient::Rest(Track& track, const CallRef& call, absl::StatusOr<Reply> otherwise) {
  const SteadyTime due = Now() + call->rest;
  const auto most = static_cast<size_t>(settings_.access.options.open_max);
  if (due >= call->deadline || track.resting.size() >= most) return call->done(std::move(otherwise));
  call->rest = std::min(call->rest * 2, kRestMax);
  const bool first = track.resting.empty() || due < track.resting.begin()->first;
  track.resting.emplace(due, std::pair(call, std::move(otherwise)));
  if (!first) return;
  track.loop->CancelTimer(track.wake);
  track.wake = track.loop->StartTimer(due, [this, &track] { WakeRested(track); });
}

void RoutedRedisClient::WakeRested(Track& track) {
  track.wake = {};
  std::vector<CallRef> rested;
  while (!track.resting.empty() && track.resting.begin()->first <= Now()) {
    rested.push_back(std::move(track.resting.begin()->second.first));
    track.resting.erase(track.resting.begin());
  }
  for (const CallRef& call : rested) Route(track, call);
  if (track.resting.empty() || track.wake.serial != 0) return;
  track.wake = track.loop->StartTimer(track.resting.begin()->first, [this, &track] { WakeRested(track); });
}

void RoutedRedisClient::Refresh() {
  if (refresh_wanted_.exchange(true)) return;
  tracks_[0].loop->Post([this] {
    if (asking_) {
      ask_again_ = true;
      return;
    }
    const SteadyTime due = std::max(Now(), asked_ + kRefreshRest);
    if (refresh_.serial != 0 && refresh_.due <= due) return;
    tracks_[0].loop->CancelTimer(refresh_);
    refresh_ = tracks_[0].loop->StartTimer(due, [this] { AskTopology(); });
  });
}

void RoutedRedisClient::Distrust() {
  if (tracks_[0].closing || topology_ == nullptr || !topology_->names_again_after_loss()) return;
  distrusted_ = asking_;
  for (Track& track : tracks_) {
    track.loop->Post([&track] { track.map = nullptr; });
  }
}

void RoutedRedisClient::AskTopology() {
  refresh_ = {};
  if (tracks_[0].closing) return;
  refresh_wanted_ = false;
  asking_ = true;
  ask_again_ = false;
  asked_ = Now();
  topology_->Ask(*tracks_[0].pool, [this](absl::StatusOr<SlotMap> map) { OnTopology(std::move(map)); });
}

void RoutedRedisClient::OnTopology(absl::StatusOr<SlotMap> map) {
  asking_ = false;
  if (tracks_[0].closing) return;
  // An answer to a question from before the loss.
  if (std::exchange(distrusted_, false) && map.ok())
    map = absl::UnavailableError("the connection was lost while the Sentinels were asked");
  // What cannot be had, or has holes, is asked for again soon.
  const bool soon = !map.ok() || !map->complete() || ask_again_;
  const Duration rest = soon ? kRefreshRest : topology_->refresh_every();
  refresh_ = tracks_[0].loop->StartTimer(Now() + rest, [this] { AskTopology(); });
  if (map.ok()) {
    Publish(std::make_shared<const SlotMap>(*std::move(map)));
  } else {
    Announce(map.status());
  }
}

void RoutedRedisClient::Publish(const std::shared_ptr<const SlotMap>& map) {
  {
    const MutexLock lock(mutex_);
    map_ = map;
    whole_ = map->complete();
    std::erase_if(node_up_, [](const auto& node) {
      return std::find(node.second.begin(), node.second.end(), true) == node.second.end();
    });
  }
  std::vector<NodeAddress> wanted;
  for (const SlotMap::Primary& each : map->primaries) wanted.push_back(each.address);
  for (Track& track : tracks_) {
    track.loop->Post([&track, map, wanted] {
      if (track.closing) return;
      track.map = map;
      track.pool->Want(wanted);
    });
  }
  Announce(absl::OkStatus());
}

void RoutedRedisClient::OnNode(size_t track, const NodeAddress& address, const ConnectionState& state) {
  bool lost = false;
  {
    const MutexLock lock(mutex_);
    std::vector<bool>& up = node_up_[address];
    up.resize(tracks_.size());
    lost = up[track] && !state.up;
    up[track] = state.up;
    if (map_ != nullptr && !IsPrimary(address)) return;
  }
  if (lost) tracks_[0].loop->Post([this] { Distrust(); });
  if (!state.up) Refresh();
  Announce(state.up
               ? absl::OkStatus()
               : absl::Status(state.why.code(), absl::StrCat(address.Text(), ": ", state.why.message())));
}

bool RoutedRedisClient::IsPrimary(const NodeAddress& address) const {
  return std::any_of(map_->primaries.begin(), map_->primaries.end(),
                     [&address](const SlotMap::Primary& each) { return each.address == address; });
}

bool RoutedRedisClient::AllUp() const {
  if (map_ == nullptr || !whole_) return false;
  for (const SlotMap::Primary& each : map_->primaries) {
    if (!IsUp(each.address)) return false;
  }
  return true;
}

bool RoutedRedisClient::IsUp(const NodeAddress& address) const {
  const auto found = node_up_.find(address);
  return found != node_up_.end() &&
         std::find(found->second.begin(), found->second.end(), false) == found->second.end();
}

// Tells a change; `why` is what made it, if not all can be asked.
void RoutedRedisClient::Announce(const absl::Status& why) {
  ConnectionState state;
  {
    const MutexLock lock(mutex_);
    state.up = AllUp();
    if (state.up) {
      state.why = absl::OkStatus();
    } else if (!why.ok()) {
      state.why = why;
    } else if (announced_) {
      state.why = announced_->why;
    }
    up_ = state.up;
    if (announced_ && announced_->up == state.up && announced_->why == state.why) return;
    announced_ = state;
  }
  if (on_state_) on_state_(state.up, state.why);
}

std::vector<RedisClient::Shard> RoutedRedisClient::shards() const {
  const MutexLock lock(mutex_);
  std::vector<Shard> shards;
  if (map_ == nullptr) return shards;
  for (const SlotMap::Primary& each : map_->primaries)
    shards.push_back({.name = each.address.Text(), .tag = each.tag, .up = IsUp(each.address)});
  return shards;
}

Connection::Counts RoutedRedisClient::counts() const {
  Connection::Counts sum;
  for (const Track& track : tracks_) sum += track.pool->counts();
  return sum;
}

}  // namespace latchkey

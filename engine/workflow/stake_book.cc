#include "engine/workflow/stake_book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kVersion = 1;
constexpr int kTries = 4;
constexpr size_t kAtATime = 1000;

}  // namespace

std::string EncodeStake(const Stake& stake) {
  MsgpackWriter out;
  out.Int(kVersion);
  out.Bytes(stake.id);
  out.Bytes(stake.caller);
  out.Int(static_cast<int64_t>(stake.account_key.high));
  out.Int(static_cast<int64_t>(stake.account_key.low));
  out.Bytes(stake.tenant);
  out.Bytes(stake.account);
  out.Bytes(stake.workflow);
  out.Bytes(stake.name);
  out.Int(stake.end.time_since_epoch().count());
  out.Int(stake.created.time_since_epoch().count());
  out.Int(static_cast<int64_t>(stake.on_lock));
  return out.Take();
}

std::optional<Stake> DecodeStake(std::string_view bytes) {
  MsgpackReader in(bytes);
  if (in.Int() != kVersion) return std::nullopt;
  Stake stake;
  stake.id = std::string(in.Bytes());
  stake.caller = std::string(in.Bytes());
  stake.account_key.high = static_cast<uint64_t>(in.Int());
  stake.account_key.low = static_cast<uint64_t>(in.Int());
  stake.tenant = std::string(in.Bytes());
  stake.account = std::string(in.Bytes());
  stake.workflow = std::string(in.Bytes());
  stake.name = std::string(in.Bytes());
  stake.end = TimePoint(Duration(in.Int()));
  stake.created = TimePoint(Duration(in.Int()));
  const int64_t on_lock = in.Int();
  stake.on_lock = static_cast<OnLock>(on_lock);
  if (!in.ok() || !in.AtEnd() || on_lock < 0 || on_lock > static_cast<int64_t>(OnLock::kAsk))
    return std::nullopt;
  return stake;
}

StakeBook::StakeBook(Stakes& stakes, NodeLedger& ledger, const KeyHasher& hasher)
    : stakes_(stakes), ledger_(ledger), hasher_(hasher) {
  ledger_.Add(Book::kStakes, *this);
}

LedgerChange StakeBook::ChangeOf(const Stake& stake) const {
  LedgerChange change;
  change.id = stake.id;
  change.bytes = EncodeStake(stake);
  change.end = stake.end;
  change.claim = hasher_.Hash(Stakes::Identity(stake)).Hex();
  return change;
}

uint64_t StakeBook::VersionOf(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = versions_.find(id);
  return found == versions_.end() ? 0 : found->second;
}

void StakeBook::Put(const Stake& stake, bool keep, Ledger::Done done) {
  LedgerChange change = ChangeOf(stake);
  change.expected = VersionOf(stake.id);
  change.keep = keep;
  ledger_.Put(Book::kStakes, std::move(change), std::move(done));
}

void StakeBook::Register(Stake stake, TimePoint now, Done done) {
  if (!ledger_.ready())
    return done(absl::UnavailableError("the ledger has not been read yet; try again soon"));
  TryRegister(std::move(stake), now, kTries, std::move(done));
}

void StakeBook::TryRegister(Stake wish, TimePoint now, int tries, Done done) {
  size_t coming = 0;
  {
    const MutexLock lock(mutex_);
    if (const auto found = coming_.find(wish.caller); found != coming_.end()) coming = found->second;
  }
  const absl::StatusOr<Stake> planned = stakes_.Plan(wish, coming, now);
  if (!planned.ok()) return done(planned.status());
  const absl::StatusOr<Stake> present = stakes_.Find(planned->caller, planned->id, now);
  if (present.ok() && present->end == planned->end && present->on_lock == planned->on_lock)
    return done(planned);  // nothing new
  {
    const MutexLock lock(mutex_);
    ++coming_[wish.caller];
  }
  Put(*planned, /*keep=*/true, [=, this, stake = *planned](const absl::StatusOr<LedgerPlace>& place) {
    {
      const MutexLock lock(mutex_);
      if (const auto found = coming_.find(wish.caller); found != coming_.end() && --found->second == 0)
        coming_.erase(found);
    }
    if (place.ok()) return done(stake);
    // The same was registered elsewhere in this moment: that one is known by now.
    if (absl::IsAborted(place.status()) && tries > 0) return TryRegister(wish, now, tries - 1, done);
    done(place.status());
  });
}

void StakeBook::Extend(std::string caller, std::string id, TimePoint end, TimePoint now, Done done) {
  TryExtend(std::move(caller), std::move(id), end, now, kTries, std::move(done));
}

void StakeBook::TryExtend(std::string caller, std::string id, TimePoint end, TimePoint now, int tries,
                          Done done) {
  const absl::StatusOr<Stake> longer = stakes_.PlanLonger(caller, id, end, now);
  if (!longer.ok()) return done(longer.status());
  const absl::StatusOr<Stake> present = stakes_.Find(caller, id, now);
  if (present.ok() && present->end == longer->end) return done(longer);
  Put(*longer, /*keep=*/true, [=, this, stake = *longer](const absl::StatusOr<LedgerPlace>& place) {
    if (place.ok()) return done(stake);
    if (absl::IsAborted(place.status()) && tries > 0) return TryExtend(caller, id, end, now, tries - 1, done);
    done(place.status());
  });
}

void StakeBook::Release(std::string caller, std::string id, TimePoint now,
                        std::function<void(absl::StatusOr<bool>)> done) {
  const absl::StatusOr<Stake> stake = stakes_.Find(caller, id, now);
  if (!stake.ok()) return done(false);
  Put(*stake, /*keep=*/false, [=, this](const absl::StatusOr<LedgerPlace>& place) {
    if (place.ok()) return done(true);
    // It was changed elsewhere in this moment, or has ended.
    if (absl::IsAborted(place.status()) && stakes_.Find(caller, id, now).ok())
      return done(absl::AbortedError("stake_id: it is being changed elsewhere; try again"));
    if (absl::IsAborted(place.status())) return done(false);
    done(place.status());
  });
}

void StakeBook::Load(const std::vector<LedgerEntry>& documents) {
  stakes_.Clear();
  const MutexLock lock(mutex_);
  versions_.clear();
  for (const LedgerEntry& document : documents) {
    const std::optional<Stake> stake = DecodeStake(document.change.bytes);
    if (!stake) continue;
    stakes_.Put(*stake);
    versions_[stake->id] = document.place.position;
  }
}

void StakeBook::Hear(const LedgerEntry& entry) {
  const std::optional<Stake> stake = DecodeStake(entry.change.bytes);
  if (!stake) return;
  const MutexLock lock(mutex_);
  const auto known = versions_.find(stake->id);
  if (known != versions_.end() && known->second >= entry.place.position) return;
  if (entry.change.keep) {
    stakes_.Put(*stake);
    versions_[stake->id] = entry.place.position;
    if (versions_.size() < tidy_at_) return;
    for (auto at = versions_.begin(); at != versions_.end();) {
      if (const auto one = at++; !stakes_.Knows(one->first)) versions_.erase(one);
    }
    tidy_at_ = std::max<size_t>(1000, 2 * versions_.size());
  } else {
    stakes_.Drop(stake->id);
    versions_.erase(stake->id);
  }
}

std::vector<LedgerEntry> StakeBook::Held() const {
  std::vector<LedgerEntry> held;
  Stake last;
  last.end = TimePoint::min();
  while (true) {
    const std::vector<Stake> some = stakes_.After(last.end, last.id, kAtATime);
    if (some.empty()) return held;
    for (const Stake& stake : some) held.push_back({{VersionOf(stake.id), 0}, ChangeOf(stake)});
    last = some.back();
  }
}

}  // namespace latchkey

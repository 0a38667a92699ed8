#include "adapters/memory/memory_signal_store.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

using Kind = RecordTable::Kind;

// How often a call drops some records whose time is over, how many it looks at and in how many stripes.
constexpr uint64_t kExpireEvery = 64;
constexpr size_t kExpireSteps = 128;
constexpr size_t kExpireStripes = 16;

Kind KindOf(const Record& record) {
  return record.slots.empty() && record.epoch == 0 ? Kind::kUnproven : Kind::kProven;
}

// What a shared record may hold: nothing that would be a proof for somebody else.
Record WithoutProof(Record record) {
  record.slots.clear();
  record.epoch = 0;
  record.wrong_tags.clear();
  return record;
}

// A password tag of one account means nothing in a record that many share.
ChargeRequest WithoutTag(ChargeRequest request) {
  request.tag.reset();
  return request;
}

// One account's success never clears what the others of a shared record are charged with.
void DropClears(std::vector<CounterEffect>& effects) {
  std::erase_if(effects, [](const CounterEffect& e) { return e.kind == CounterEffect::Kind::kClear; });
}

absl::Status NoRoom() { return absl::ResourceExhaustedError("the memory store is full"); }

}  // namespace

MemorySignalStore::MemorySignalStore(const Clock& clock, MemoryStoreOptions options)
    : clock_(clock),
      options_(options),
      table_({.entries_max = options.entries_max,
              .bytes_max = options.bytes_max,
              .watermark = options.watermark}) {}

bool MemorySignalStore::Sharing() const {
  return shared_in_use_.load(std::memory_order_relaxed) || !table_.HasRoom(Kind::kUnproven);
}

RecordTable::Lock MemorySignalStore::LockFor(const ShardKeys& keys, bool sharing) {
  if (!sharing) return RecordTable::Lock(table_, {keys.account, keys.network});
  return RecordTable::Lock(table_, {keys.account, keys.network, SharedKey(keys.account, Which::kAccount),
                                    SharedKey(keys.network, Which::kNetwork)});
}

absl::StatusOr<MemorySignalStore::Place> MemorySignalStore::Open(const Key& key, Which which, TimePoint now,
                                                                 bool sharing) const {
  Place place{.own = key, .shared = SharedKey(key, which)};
  const RecordTable::Entry* entry = table_.Find(key, now);
  place.own_exists = entry != nullptr;
  if (entry == nullptr && sharing) {
    entry = table_.Find(place.shared, now);
    place.from_shared = entry != nullptr;
    place.has_room = table_.HasRoom(Kind::kUnproven);
  }
  if (entry == nullptr) return place;
  LATCHKEY_ASSIGN_OR_RETURN(place.record, DecodeRecord(entry->bytes));
  return place;
}

std::optional<Key> MemorySignalStore::TargetOf(const Place& place, const Record& after, bool settling) const {
  if (place.own_exists) return place.own;
  if (KindOf(after) == Kind::kProven) {
    return table_.HasRoom(Kind::kProven) ? std::optional<Key>(place.own) : std::nullopt;
  }
  if (place.from_shared && settling) return place.shared;
  return place.has_room ? place.own : place.shared;
}

bool MemorySignalStore::MayWrite(const Key& target, const Record& after, std::string_view bytes,
                                 TimePoint now) const {
  if (target.high <= static_cast<uint64_t>(Which::kNetwork)) return true;  // shared: few and bounded
  const RecordTable::Entry* old = table_.Find(target, now);
  const size_t had = old == nullptr ? 0 : old->bytes.size();
  return bytes.size() <= had || table_.MayGrow(KindOf(after), bytes.size() - had);
}

void MemorySignalStore::Write(const Key& target, const Record& after, std::string_view bytes, TimePoint now,
                              Duration keep) {
  const RecordTable::Entry* old = table_.Find(target, now);
  if (old == nullptr ? bytes.empty() : old->bytes == bytes) return;
  const TimePoint keep_until = std::max(now + keep, old == nullptr ? TimePoint::min() : old->keep_until);
  if (bytes.empty()) {
    table_.Erase(target);
  } else {
    table_.Put(target, bytes, now, keep_until, KindOf(after));
  }
  if (target.high <= static_cast<uint64_t>(Which::kNetwork)) {
    shared_in_use_.store(true, std::memory_order_relaxed);
    overflowed_.fetch_add(1, std::memory_order_relaxed);
  }
  if (sink_ != nullptr) sink_->Put(target, bytes, keep_until);
}

absl::StatusOr<ChargeResult> MemorySignalStore::ChargeNow(const ShardKeys& keys,
                                                          const ChargeRequest& request) {
  const TimePoint now = request.now.value_or(clock_.Now());
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  table_.Prefetch(keys.account);
  table_.Prefetch(keys.network);
  table_.PrefetchBytes(keys.network);
  LATCHKEY_ASSIGN_OR_RETURN(Place account, Open(keys.account, Which::kAccount, now, sharing));
  LATCHKEY_ASSIGN_OR_RETURN(Place network, Open(keys.network, Which::kNetwork, now, sharing));
  ShardRecords before{.now = now, .account = std::move(account.record), .network = std::move(network.record)};
  ChargeResult result = request.tag && account.may_share()
                            ? ApplyCharge(WithoutTag(request), std::move(before))
                            : ApplyCharge(request, std::move(before));
  if (request.dry_run || (result.admitted < 0 && !request.forced)) return result;

  const std::string account_bytes = EncodeRecord(result.records.account);
  const std::string network_bytes = EncodeRecord(result.records.network);
  const auto account_key = TargetOf(account, result.records.account, /*settling=*/false);
  const auto network_key = TargetOf(network, result.records.network, /*settling=*/false);
  if (!account_key || !network_key || !MayWrite(*account_key, result.records.account, account_bytes, now) ||
      !MayWrite(*network_key, result.records.network, network_bytes, now))
    return NoRoom();
  Write(*account_key, result.records.account, account_bytes, now, request.keep);
  Write(*network_key, result.records.network, network_bytes, now, request.keep);
  return result;
}

absl::StatusOr<SettleResult> MemorySignalStore::SettleNow(const ShardKeys& keys,
                                                          const SettleRequest& request) {
  const TimePoint now = request.now.value_or(clock_.Now());
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  LATCHKEY_ASSIGN_OR_RETURN(Place account, Open(keys.account, Which::kAccount, now, sharing));
  LATCHKEY_ASSIGN_OR_RETURN(Place network, Open(keys.network, Which::kNetwork, now, sharing));
  const bool account_shared = account.from_shared || account.may_share();
  const bool network_shared = network.from_shared || network.may_share();
  ShardRecords before{.now = now, .account = std::move(account.record), .network = std::move(network.record)};
  SettleResult result;
  if (account_shared || network_shared) {
    SettleRequest adapted = request;
    if (account_shared) adapted.tag.reset();
    if (account_shared) DropClears(adapted.account);
    if (network_shared) DropClears(adapted.network);
    result = ApplySettle(adapted, std::move(before));
  } else {
    result = ApplySettle(request, std::move(before));
  }

  std::optional<Key> target = TargetOf(account, result.records.account, /*settling=*/true);
  if (!target) {
    // The login is settled all the same; its proof is not remembered.
    result.records.account = WithoutProof(std::move(result.records.account));
    target = TargetOf(account, result.records.account, /*settling=*/true);
    refused_.fetch_add(1, std::memory_order_relaxed);
  }
  if (account.from_shared && *target == account.own) {
    // The account now has a record of its own; what it gave back is given back to the others too.
    const Record rest = WithoutProof(result.records.account);
    Write(account.shared, rest, EncodeRecord(rest), now, request.keep);
  }
  Write(*target, result.records.account, EncodeRecord(result.records.account), now, request.keep);
  Write(*TargetOf(network, result.records.network, /*settling=*/true), result.records.network,
        EncodeRecord(result.records.network), now, request.keep);
  return result;
}

absl::StatusOr<Record> MemorySignalStore::UpdateNow(const RecordKey& key, const Change& change,
                                                    Duration keep) {
  const TimePoint now = clock_.Now();
  const bool sharing = Sharing();
  const Which which = key.kind == RecordKey::Kind::kAccount ? Which::kAccount : Which::kNetwork;
  const RecordTable::Lock lock = LockFor({.account = key.key, .network = key.key}, sharing);
  LATCHKEY_ASSIGN_OR_RETURN(Place account, Open(key.key, which, now, sharing));
  Record after = std::move(account.record);
  change(after, now);
  const std::string bytes = EncodeRecord(after);
  const auto target = TargetOf(account, after, /*settling=*/false);
  if (!target || !MayWrite(*target, after, bytes, now)) return NoRoom();
  Write(*target, after, bytes, now, keep);
  return after;
}

absl::StatusOr<ShardRecords> MemorySignalStore::ReadNow(const ShardKeys& keys) {
  const TimePoint now = clock_.Now();
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  LATCHKEY_ASSIGN_OR_RETURN(Place account, Open(keys.account, Which::kAccount, now, sharing));
  LATCHKEY_ASSIGN_OR_RETURN(Place network, Open(keys.network, Which::kNetwork, now, sharing));
  return ShardRecords{.now = now, .account = std::move(account.record), .network = std::move(network.record)};
}

void MemorySignalStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration,
                               std::function<void(absl::StatusOr<ChargeResult>)> done) {
  absl::StatusOr<ChargeResult> result = ChargeNow(keys, *request);
  if (absl::IsResourceExhausted(result.status())) refused_.fetch_add(1, std::memory_order_relaxed);
  done(std::move(result));
  if (calls_.fetch_add(1, std::memory_order_relaxed) % kExpireEvery == 0)
    expired_.fetch_add(table_.Expire(request->now.value_or(clock_.Now()), kExpireSteps, kExpireStripes),
                       std::memory_order_relaxed);
}

void MemorySignalStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration,
                               std::function<void(absl::StatusOr<SettleResult>)> done) {
  done(SettleNow(keys, *request));
}

void MemorySignalStore::Update(const RecordKey& key, Change change, Duration keep, Duration,
                               std::function<void(absl::StatusOr<Record>)> done) {
  absl::StatusOr<Record> result = UpdateNow(key, change, keep);
  if (absl::IsResourceExhausted(result.status())) refused_.fetch_add(1, std::memory_order_relaxed);
  done(std::move(result));
}

void MemorySignalStore::Read(const ShardKeys& keys, Duration,
                             std::function<void(absl::StatusOr<ShardRecords>)> done) {
  done(ReadNow(keys));
}

size_t MemorySignalStore::Expire(size_t steps) {
  const size_t dropped = table_.Expire(clock_.Now(), steps);
  expired_.fetch_add(dropped, std::memory_order_relaxed);
  return dropped;
}

absl::Status MemorySignalStore::Restore(const Key& key, std::string_view bytes, TimePoint keep_until) {
  const absl::StatusOr<Record> record = DecodeRecord(bytes);
  if (!record.ok()) return record.status();
  const RecordTable::Lock lock(table_, {key});
  if (bytes.empty() || keep_until <= clock_.Now()) {
    table_.Erase(key);
  } else {
    table_.Put(key, bytes, clock_.Now(), keep_until, KindOf(*record));
    if (key.high <= static_cast<uint64_t>(Which::kNetwork)) shared_in_use_ = true;
  }
  return absl::OkStatus();
}

MemoryStoreMetrics MemorySignalStore::metrics() const {
  return {.entries = table_.entries(),
          .bytes = table_.bytes(),
          .proven = table_.proven(),
          .overflowed = overflowed_.load(std::memory_order_relaxed),
          .expired = expired_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed)};
}

}  // namespace latchkey

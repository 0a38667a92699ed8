#include "adapters/memory/memory_signal_store.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"
#include "engine/signal/packed_charge.h"
#include "engine/signal/packed_settle.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

// How often a call drops some records whose time is over, how many it looks at and in how many stripes.
constexpr uint64_t kExpireEvery = 64;
constexpr size_t kExpireSteps = 512;
constexpr size_t kExpireStripes = 16;

RecordTable::Kind KindIf(bool proven) {
  return proven ? RecordTable::Kind::kProven : RecordTable::Kind::kUnproven;
}

RecordTable::Kind KindOf(const Record& record) { return KindIf(!record.slots.empty() || record.epoch != 0); }

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

MemorySignalStore::Place MemorySignalStore::Open(const Key& key, Which which, TimePoint now,
                                                 bool sharing) const {
  Place place{.own = key, .shared = SharedKey(key, which), .of_own = table_.Find(key, now)};
  if (place.of_own == nullptr && sharing) {
    place.of_shared = table_.Find(place.shared, now);
    place.has_room = table_.HasRoom(Kind::kUnproven);
  }
  return place;
}

std::optional<MemorySignalStore::Target> MemorySignalStore::TargetOf(const Place& place, Kind kind,
                                                                     bool settling) const {
  const Target own{place.own, place.of_own};
  if (place.of_own != nullptr) return own;
  if (kind == Kind::kProven) return table_.HasRoom(Kind::kProven) ? std::optional(own) : std::nullopt;
  const Target shared{place.shared, place.of_shared};
  if (place.of_shared != nullptr && settling) return shared;
  return place.has_room ? own : shared;
}

bool MemorySignalStore::MayWrite(const Target& target, Kind kind, std::string_view bytes) const {
  if (target.shared()) return true;  // few and bounded
  const size_t had = target.old == nullptr ? 0 : target.old->bytes().size();
  return bytes.size() <= had || table_.MayGrow(kind, bytes.size() - had);
}

void MemorySignalStore::Write(const Target& target, Kind kind, std::string_view bytes, TimePoint now,
                              Duration keep) {
  if (target.old == nullptr ? bytes.empty() : target.old->bytes() == bytes) return;
  const TimePoint keep_until =
      std::max(now + keep, target.old == nullptr ? TimePoint::min() : target.old->keep_until());
  if (bytes.empty()) {
    table_.Erase(target.key);
  } else {
    table_.Put(target.key, bytes, keep_until, kind);
  }
  if (target.shared()) {
    shared_in_use_.store(true, std::memory_order_relaxed);
    overflowed_.fetch_add(1, std::memory_order_relaxed);
  }
  if (sink_ != nullptr) sink_->Put(target.key, bytes, keep_until);
}

absl::Status MemorySignalStore::WriteCharged(const Outcome& account, const Outcome& network, TimePoint now,
                                             Duration keep) {
  const auto to_account = TargetOf(account.place, account.kind, /*settling=*/false);
  const auto to_network = TargetOf(network.place, network.kind, /*settling=*/false);
  if (!to_account || !to_network ||
      (account.changed && !MayWrite(*to_account, account.kind, account.bytes)) ||
      (network.changed && !MayWrite(*to_network, network.kind, network.bytes)))
    return NoRoom();
  if (account.changed) Write(*to_account, account.kind, account.bytes, now, keep);
  if (network.changed) Write(*to_network, network.kind, network.bytes, now, keep);
  return absl::OkStatus();
}

void MemorySignalStore::Expect(const ShardKeys& keys) {
  table_.Prefetch(keys.account);
  table_.Prefetch(keys.network);
}

void MemorySignalStore::ExpectNow(const ShardKeys& keys) {
  const RecordTable::Lock lock(table_, {keys.account, keys.network});
  table_.PrefetchEntry(keys.account);
  table_.PrefetchEntry(keys.network);
}

absl::StatusOr<ChargeResult> MemorySignalStore::ChargeNow(const ShardKeys& keys,
                                                          const ChargeRequest& request) {
  const TimePoint now = request.now.value_or(clock_.Now());
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  const Place account = Open(keys.account, Which::kAccount, now, sharing);
  const Place network = Open(keys.network, Which::kNetwork, now, sharing);
  const bool without_tag = request.tag && account.may_share();

  PackedChange account_change{.before = account.bytes()};
  PackedChange network_change{.before = network.bytes()};
  ChargeResult result;
  if (!without_tag && ChargePacked(request, now, account_change, network_change, result)) {
    // Before anything is written: what is unchanged lies in the table.
    result.records.account = KeptRecord::Packed(account_change.Now());
    result.records.network = KeptRecord::Packed(network_change.Now());
    if (result.admitted < 0) return result;
    LATCHKEY_RETURN_IF_ERROR(
        WriteCharged({account, account_change.changed, KindIf(account_change.proven), account_change.Now()},
                     {network, network_change.changed, KindIf(network_change.proven), network_change.Now()},
                     now, request.keep));
    return result;
  }

  LATCHKEY_ASSIGN_OR_RETURN(Record of_account, DecodeRecord(account.bytes()));
  LATCHKEY_ASSIGN_OR_RETURN(Record of_network, DecodeRecord(network.bytes()));
  ShardRecords before{.now = now, .account = std::move(of_account), .network = std::move(of_network)};
  result = without_tag ? ApplyCharge(WithoutTag(request), std::move(before))
                       : ApplyCharge(request, std::move(before));
  if (request.dry_run || (result.admitted < 0 && !request.forced)) return result;
  const std::string account_bytes = EncodeRecord(result.records.account);
  const std::string network_bytes = EncodeRecord(result.records.network);
  LATCHKEY_RETURN_IF_ERROR(WriteCharged({account, true, KindOf(result.records.account), account_bytes},
                                        {network, true, KindOf(result.records.network), network_bytes}, now,
                                        request.keep));
  return result;
}

std::optional<SettleResult> MemorySignalStore::SettleInPlace(const Place& account, const Place& network,
                                                             const SettleRequest& request, TimePoint now) {
  PackedChange account_change{.before = account.bytes()};
  PackedChange network_change{.before = network.bytes()};
  SettleResult result;
  if (!SettlePacked(request, now, account_change, network_change, result)) return std::nullopt;
  // Before anything is written: what is unchanged lies in the table.
  result.records.now = now;
  result.records.account = KeptRecord::Packed(account_change.Now());
  result.records.network = KeptRecord::Packed(network_change.Now());
  const auto write = [&](const Place& place, const PackedChange& change) {
    if (change.changed)
      Write({place.own, place.of_own}, KindIf(change.proven), change.Now(), now, request.keep);
  };
  write(account, account_change);
  write(network, network_change);
  return result;
}

absl::StatusOr<SettleResult> MemorySignalStore::SettleNow(const ShardKeys& keys,
                                                          const SettleRequest& request) {
  const TimePoint now = request.now.value_or(clock_.Now());
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  const Place account = Open(keys.account, Which::kAccount, now, sharing);
  const Place network = Open(keys.network, Which::kNetwork, now, sharing);
  const bool account_shared = account.of_shared != nullptr || account.may_share();
  const bool network_shared = network.of_shared != nullptr || network.may_share();
  if (!account_shared && !network_shared) {
    if (std::optional<SettleResult> settled = SettleInPlace(account, network, request, now))
      return *std::move(settled);
  }
  LATCHKEY_ASSIGN_OR_RETURN(Record of_account, DecodeRecord(account.bytes()));
  LATCHKEY_ASSIGN_OR_RETURN(Record of_network, DecodeRecord(network.bytes()));
  ShardRecords before{.now = now, .account = std::move(of_account), .network = std::move(of_network)};
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

  const Record& after = result.records.account;
  std::optional<Target> target = TargetOf(account, KindOf(after), /*settling=*/true);
  if (!target) {
    // The login is settled all the same; its proof is not remembered.
    result.records.account = WithoutProof(after);
    target = TargetOf(account, Kind::kUnproven, /*settling=*/true);
    refused_.fetch_add(1, std::memory_order_relaxed);
  }
  if (account.of_shared != nullptr && !target->shared()) {
    // The account now has a record of its own; what it gave back is given back to the others too.
    const Record rest = WithoutProof(result.records.account);
    Write({account.shared, account.of_shared}, Kind::kUnproven, EncodeRecord(rest), now, request.keep);
  }
  Write(*target, KindOf(result.records.account), EncodeRecord(result.records.account), now, request.keep);
  const Kind network_kind = KindOf(result.records.network);
  Write(*TargetOf(network, network_kind, /*settling=*/true), network_kind,
        EncodeRecord(result.records.network), now, request.keep);
  return result;
}

absl::StatusOr<Record> MemorySignalStore::UpdateNow(const RecordKey& key, const Change& change,
                                                    Duration keep) {
  const TimePoint now = clock_.Now();
  const bool sharing = Sharing();
  const Which which = key.kind == RecordKey::Kind::kAccount ? Which::kAccount : Which::kNetwork;
  const RecordTable::Lock lock = LockFor({.account = key.key, .network = key.key}, sharing);
  const Place place = Open(key.key, which, now, sharing);
  LATCHKEY_ASSIGN_OR_RETURN(Record after, DecodeRecord(place.bytes()));
  change(after, now);
  const std::string bytes = EncodeRecord(after);
  const Kind kind = KindOf(after);
  const auto target = TargetOf(place, kind, /*settling=*/false);
  if (!target || !MayWrite(*target, kind, bytes)) return NoRoom();
  Write(*target, kind, bytes, now, keep);
  return after;
}

absl::StatusOr<ShardRecords> MemorySignalStore::ReadNow(const ShardKeys& keys) {
  const TimePoint now = clock_.Now();
  const bool sharing = Sharing();
  const RecordTable::Lock lock = LockFor(keys, sharing);
  LATCHKEY_ASSIGN_OR_RETURN(Record account,
                            DecodeRecord(Open(keys.account, Which::kAccount, now, sharing).bytes()));
  LATCHKEY_ASSIGN_OR_RETURN(Record network,
                            DecodeRecord(Open(keys.network, Which::kNetwork, now, sharing).bytes()));
  return ShardRecords{.now = now, .account = std::move(account), .network = std::move(network)};
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

TimePoint MemorySignalStore::StandsUntil(const ShardKeys& keys) {
  const TimePoint now = clock_.Now();
  const RecordTable::Lock lock(table_, {keys.account, keys.network});
  const RecordTable::Entry* const account = table_.Find(keys.account, now);
  const RecordTable::Entry* const network = table_.Find(keys.network, now);
  // What has no record of its own may come to share one.
  if (account == nullptr || network == nullptr) return TimePoint::min();
  return std::min(account->keep_until(), network->keep_until());
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
    table_.Put(key, bytes, keep_until, KindOf(*record));
    if (key.high <= static_cast<uint64_t>(Which::kNetwork)) shared_in_use_ = true;
  }
  return absl::OkStatus();
}

MemoryStoreMetrics MemorySignalStore::metrics() const {
  return {.entries = table_.entries(),
          .bytes = table_.bytes(),
          .held = table_.held_bytes(),
          .proven = table_.proven(),
          .overflowed = overflowed_.load(std::memory_order_relaxed),
          .expired = expired_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed)};
}

}  // namespace latchkey

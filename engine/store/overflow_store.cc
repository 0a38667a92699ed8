#include "engine/store/overflow_store.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

// Adds what a shared record has counted to that of one of its accounts.
void Inherit(Record& record, const Record& shared) {
  for (const Series& series : shared.series) {
    if (record.FindSeries(series.id) == nullptr && record.series.size() < kSeriesMax)
      record.series.push_back(series);
  }
}

// One account's success never clears what the others of a shared record are charged with.
void DropClears(std::vector<CounterEffect>& effects) {
  std::erase_if(effects, [](const CounterEffect& e) { return e.kind == CounterEffect::Kind::kClear; });
}

bool ShowsDevice(const ChargeRequest& request) {
  return !request.lanes.empty() && request.lanes.front().lane == Lane::kDevice;
}

// Whether a charge of the first lane alone would touch nothing but the account's own record.
bool MayBeAdmittedAlone(const ChargeRequest& request) {
  return ShowsDevice(request) && request.lanes.front().network.empty() && !request.dry_run && !request.forced;
}

}  // namespace

OverflowStore::OverflowStore(SignalStore& store, Crowding& crowding, const Clock& clock)
    : store_(store), crowding_(crowding), clock_(clock) {}

ShardKeys OverflowStore::SharedOf(const ShardKeys& keys) {
  return {.account = {.high = 2, .low = keys.account.low % kSharedRecords},
          .network = {.high = 3, .low = keys.network.low % kSharedRecords}};
}

void OverflowStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                           Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  if (!crowding_.sharing()) return store_.Charge(keys, std::move(request), deadline, std::move(done));
  const Patience patience(clock_, deadline);
  if (!MayBeAdmittedAlone(*request))
    return ChargeAfterLook(keys, std::move(request), patience, std::move(done));
  auto of_device = std::make_shared<ChargeRequest>(*request);
  of_device->lanes.resize(1);
  store_.Charge(keys, std::move(of_device), deadline,
                [this, keys, request = std::move(request), patience,
                 done = std::move(done)](absl::StatusOr<ChargeResult> result) mutable {
                  if (!result.ok() || result->admitted == 0) return done(std::move(result));
                  ChargeAfterLook(keys, std::move(request), patience, std::move(done));
                });
}

void OverflowStore::ChargeAfterLook(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                                    const Patience& patience,
                                    std::function<void(absl::StatusOr<ChargeResult>)> done) {
  store_.Read(keys, patience.Left(),
              [this, keys, request = std::move(request), patience,
               done = std::move(done)](absl::StatusOr<ShardRecords> own) mutable {
                if (!own.ok()) return done(own.status());
                ChargeWhere(keys, *request, *own, patience, std::move(done));
              });
}

void OverflowStore::ChargeWhere(const ShardKeys& keys, const ChargeRequest& request, const ShardRecords& own,
                                const Patience& patience,
                                std::function<void(absl::StatusOr<ChargeResult>)> done) {
  const bool new_account = own.account->empty() && !ShowsDevice(request);
  const bool new_network = own.network->empty();
  auto adapted = std::make_shared<ChargeRequest>(request);
  if (!crowding_.crowded() && !request.dry_run) {
    if (!new_account && !new_network)
      return store_.Charge(keys, std::move(adapted), patience.Left(), std::move(done));
    return InheritBoth(keys, new_account, new_network, request.keep, patience,
                       [this, keys, adapted = std::move(adapted), patience,
                        done = std::move(done)](const absl::Status& status) mutable {
                         if (!status.ok()) return done(status);
                         store_.Charge(keys, std::move(adapted), patience.Left(), std::move(done));
                       });
  }
  const ShardKeys shared = SharedOf(keys);
  ShardKeys target = keys;
  if (new_network) target.network = shared.network;
  if (new_account) {
    target.account = shared.account;
    adapted->tag.reset();  // a password tag of one account means nothing where many share
    overflowed_.fetch_add(1, std::memory_order_relaxed);
  }
  if (new_account || new_network) crowding_.Shared(request.keep);
  store_.Charge(target, std::move(adapted), patience.Left(), std::move(done));
}

void OverflowStore::InheritBoth(const ShardKeys& keys, bool account, bool network, Duration keep,
                                const Patience& patience, std::function<void(absl::Status)> done) {
  store_.Read(SharedOf(keys), patience.Left(),
              [this, keys, account, network, keep, patience,
               done = std::move(done)](absl::StatusOr<ShardRecords> shared) mutable {
                if (!shared.ok()) return done(shared.status());
                auto of_network = [this, keys, network, keep, patience, from = std::move(shared->network),
                                   done = std::move(done)](const absl::Status& status) mutable {
                  if (!status.ok() || !network || from->empty()) return done(status);
                  Bequeath({RecordKey::Kind::kNetwork, keys.network}, std::move(from), keep, patience,
                           std::move(done));
                };
                if (!account || shared->account->empty()) return of_network(absl::OkStatus());
                Bequeath(keys.account, std::move(shared->account), keep, patience, std::move(of_network));
              });
}

void OverflowStore::Bequeath(const RecordKey& key, Record from, Duration keep, const Patience& patience,
                             std::function<void(absl::Status)> done) {
  store_.Update(
      key, [from = std::move(from)](Record& record, TimePoint) { Inherit(record, from); }, keep,
      patience.Left(),
      [done = std::move(done)](const absl::StatusOr<Record>& record) { done(record.status()); });
}

void OverflowStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                           Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  if (!crowding_.sharing()) return store_.Settle(keys, std::move(request), deadline, std::move(done));
  const Patience patience(clock_, deadline);
  store_.Settle(
      keys, request, deadline,
      [this, keys, request, patience, done = std::move(done)](absl::StatusOr<SettleResult> result) mutable {
        if (!result.ok() || result->state == SettleResult::State::kSettled) return done(std::move(result));
        SettleShared(keys, *request, *std::move(result), patience, std::move(done));
      });
}

void OverflowStore::SettleShared(const ShardKeys& keys, const SettleRequest& request, SettleResult of_own,
                                 const Patience& patience,
                                 std::function<void(absl::StatusOr<SettleResult>)> done) {
  ShardKeys shared = SharedOf(keys);
  auto adapted = std::make_shared<SettleRequest>(request);
  adapted->tag.reset();
  adapted->source.reset();
  adapted->device.reset();
  adapted->slot_id = 0;
  DropClears(adapted->account);
  if (of_own.records.network->empty()) {
    DropClears(adapted->network);
  } else {
    shared.network = keys.network;
  }
  const bool remembers = request.settlement == Settlement::kSuccess && (request.source || request.device);
  store_.Settle(shared, std::move(adapted), patience.Left(),
                [this, account = keys.account, keep = request.keep, remembers, of_own = std::move(of_own),
                 patience, done = std::move(done)](absl::StatusOr<SettleResult> result) mutable {
                  if (!result.ok()) return done(result.status());
                  if (result->state != SettleResult::State::kSettled) return done(std::move(of_own));
                  if (!remembers) return done(std::move(result));
                  // The success has made a record of its own for the account, which inherits.
                  auto inherit = [from = *result->records.account](Record& record, TimePoint) {
                    Inherit(record, from);
                  };
                  store_.Update(account, std::move(inherit), keep, patience.Left(),
                                [result = *std::move(result),
                                 done = std::move(done)](absl::StatusOr<Record> record) mutable {
                                  if (!record.ok()) return done(record.status());
                                  result.records.account = *std::move(record);
                                  done(std::move(result));
                                });
                });
}

void OverflowStore::Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                           std::function<void(absl::StatusOr<Record>)> done) {
  if (!crowding_.sharing() || key.kind != RecordKey::Kind::kAccount)
    return store_.Update(key, std::move(change), keep, deadline, std::move(done));
  const Patience patience(clock_, deadline);
  const ShardKeys shared = SharedOf({.account = key.key, .network = key.key});
  store_.Read(shared, deadline,
              [this, key, change = std::move(change), keep, patience,
               done = std::move(done)](absl::StatusOr<ShardRecords> common) mutable {
                if (!common.ok()) return done(common.status());
                auto after_inheriting = [change = std::move(change), from = std::move(common->account)](
                                            Record& record, TimePoint now) {
                  if (record.empty()) Inherit(record, from);
                  change(record, now);
                };
                store_.Update(key, std::move(after_inheriting), keep, patience.Left(), std::move(done));
              });
}

void OverflowStore::Read(const ShardKeys& keys, Duration deadline,
                         std::function<void(absl::StatusOr<ShardRecords>)> done) {
  if (!crowding_.sharing()) return store_.Read(keys, deadline, std::move(done));
  const Patience patience(clock_, deadline);
  store_.Read(keys, deadline,
              [this, keys, patience, done = std::move(done)](absl::StatusOr<ShardRecords> own) mutable {
                if (!own.ok() || (!own->account->empty() && !own->network->empty()))
                  return done(std::move(own));
                store_.Read(SharedOf(keys), patience.Left(),
                            [own = *std::move(own),
                             done = std::move(done)](absl::StatusOr<ShardRecords> shared) mutable {
                              if (!shared.ok()) return done(shared.status());
                              if (own.account->empty()) own.account = std::move(shared->account);
                              if (own.network->empty()) own.network = std::move(shared->network);
                              done(std::move(own));
                            });
              });
}

}  // namespace latchkey

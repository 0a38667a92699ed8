// A signal store in this process: the embedded default, good for one node.
//
// It keeps the very bytes of engine/signal/record_codec.h and changes them by engine/signal/shard.h, under
// the locks of the two records concerned; `done` is called inline, before the call returns.
//
// Bounded in entries and in bytes, and nothing live is ever evicted, so no flood makes it forget a counter.
// Instead, once records without proof (no device, familiar source, recovery or epoch) fill their share,
// accounts and networks that are not there yet share a fixed table of records, by hash of their key. A shared
// record only overcounts: it knows no password tags, is never cleared, and what was charged to it goes with
// an account that gets a record of its own later. So under a flood, unknown strangers meet more caution;
// accounts with proof have the reserved rest. (Under such a flood, a stranger could tell an account that has
// a record from one that has none by how much it takes to be refused.)
//
// When even the reserved rest is full, what needs a place of its own fails with kResourceExhausted, which the
// engine treats like the loss of the store: honestly, lane by lane.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "adapters/memory/record_sink.h"
#include "adapters/memory/record_table.h"
#include "engine/store/signal_store.h"
#include "engine/store/sole_store.h"

namespace latchkey {

struct MemoryStoreOptions {
  size_t entries_max = 1'000'000;
  size_t bytes_max = size_t{512} << 20U;
  double watermark = 0.5;          // the share of both for records without proof
  uint64_t shared_records = 1024;  // of accounts, and as many of networks
};

struct MemoryStoreMetrics {
  size_t entries = 0;
  size_t bytes = 0;  // counting what each entry costs beside its record
  size_t held = 0;   // of the system, for records, in use or not
  size_t proven = 0;
  uint64_t overflowed = 0;  // writes that went to a shared record
  uint64_t expired = 0;
  uint64_t refused = 0;  // calls that found no room at all
};

class MemorySignalStore final : public SignalStore, public SoleStore {
 public:
  // `clock` must outlive the store.
  MemorySignalStore(const Clock& clock, MemoryStoreOptions options);

  void Expect(const ShardKeys& keys) override;
  void ExpectNow(const ShardKeys& keys) override;
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override;
  [[nodiscard]] std::string_view name() const override { return "memory"; }
  [[nodiscard]] TimePoint StandsUntil(const ShardKeys& keys) override;

  // Drops records whose time is over, looking at no more than `steps`. Calls do a little of it as they go;
  // this is for the quiet hours.
  size_t Expire(size_t steps = 1000);

  // Puts back what a log or snapshot kept (empty bytes: there is no record), whatever the bounds; not while
  // calls are served. Fails as DecodeRecord does.
  absl::Status Restore(const Key& key, std::string_view bytes, TimePoint keep_until);

  // From now on `sink` (may be null) is told of every write; not while calls are served.
  void AttachSink(RecordSink* sink) { sink_ = sink; }

  // The records, for a snapshot: see RecordTable.
  [[nodiscard]] const RecordTable& table() const { return table_; }
  [[nodiscard]] MemoryStoreMetrics metrics() const;

 private:
  using Kind = RecordTable::Kind;
  enum class Which : uint64_t { kAccount = 0, kNetwork = 1 };
  // A record as a call found it. Where it is written depends on what becomes of it.
  struct Place {
    Key own;
    Key shared;
    // What there is; at most one of them. Valid until that record is written.
    const RecordTable::Entry* of_own = nullptr;
    const RecordTable::Entry* of_shared = nullptr;
    bool has_room = true;  // for a record of its own without proof
    [[nodiscard]] bool may_share() const { return of_own == nullptr && !has_room; }
    [[nodiscard]] std::string_view bytes() const {
      const RecordTable::Entry* entry = of_own != nullptr ? of_own : of_shared;
      return entry == nullptr ? std::string_view() : entry->bytes();
    }
  };
  // Where a record is written, and what is there now.
  struct Target {
    Key key;
    const RecordTable::Entry* old = nullptr;
    [[nodiscard]] bool shared() const { return key.high <= static_cast<uint64_t>(Which::kNetwork); }
  };

  // The keys of all real records are keyed hashes; these have 63 leading bits of zero.
  Key SharedKey(const Key& key, Which which) const {
    return {.high = static_cast<uint64_t>(which), .low = key.low % options_.shared_records};
  }
  // Takes the locks that a call for these keys needs; `sharing` says whether shared records are among them.
  RecordTable::Lock LockFor(const ShardKeys& keys, bool sharing);
  [[nodiscard]] bool Sharing() const;
  [[nodiscard]] Place Open(const Key& key, Which which, TimePoint now, bool sharing) const;
  // Where a record of this kind belongs; nothing when one of its own is needed and finds no room.
  [[nodiscard]] std::optional<Target> TargetOf(const Place& place, Kind kind, bool settling) const;
  [[nodiscard]] bool MayWrite(const Target& target, Kind kind, std::string_view bytes) const;
  void Write(const Target& target, Kind kind, std::string_view bytes, TimePoint now, Duration keep);
  // What becomes of a record.
  struct Outcome {
    const Place& place;
    bool changed;
    Kind kind;
    std::string_view bytes;
  };
  // Writes both, or says that there is no room and writes neither.
  absl::Status WriteCharged(const Outcome& account, const Outcome& network, TimePoint now, Duration keep);

  // Of records that are not shared, nor will be; nothing when they have to be unpacked for it.
  std::optional<SettleResult> SettleInPlace(const Place& account, const Place& network,
                                            const SettleRequest& request, TimePoint now);

  absl::StatusOr<ChargeResult> ChargeNow(const ShardKeys& keys, const ChargeRequest& request);
  absl::StatusOr<SettleResult> SettleNow(const ShardKeys& keys, const SettleRequest& request);
  absl::StatusOr<Record> UpdateNow(const RecordKey& key, const Change& change, Duration keep);
  absl::StatusOr<ShardRecords> ReadNow(const ShardKeys& keys);

  const Clock& clock_;
  const MemoryStoreOptions options_;
  RecordTable table_;
  RecordSink* sink_ = nullptr;
  std::atomic<bool> shared_in_use_{false};  // stays true: a shared record was written once
  std::atomic<uint64_t> calls_{0};
  std::atomic<uint64_t> overflowed_{0};
  std::atomic<uint64_t> expired_{0};
  std::atomic<uint64_t> refused_{0};
};

}  // namespace latchkey

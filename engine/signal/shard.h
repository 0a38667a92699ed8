// What a store does to the two records of an attempt: pure functions that define the contract of all stores.
//
// The memory store calls them; Redis runs the same in Lua (adapters/redis/scripts), and the contract suite
// holds both against a naive model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/attempt/lane.h"
#include "engine/base/clock.h"
#include "engine/signal/kept_record.h"
#include "engine/signal/limit.h"
#include "engine/signal/record.h"

namespace latchkey {

// Nearly all counters have as few of these, so that an attempt is planned and remembered without a block of
// memory for each.
using Limits = absl::InlinedVector<Limit, 3>;
using Windows = absl::InlinedVector<Duration, 3>;

// One counter that an attempt meets in one lane.
struct CounterAsk {
  uint16_t signature = 0;
  bool sub_is_slot = false;  // the place is the index of the slot that the lane found
  uint16_t sub = 0;          // else this
  bool charged = false;
  int64_t weight = 1;   // what the attempt adds
  uint64_t member = 0;  // distinct series only
  Limits limits;        // enforced ones only
  // Retention of the series.
  Windows windows;
  Duration horizon{0};
  size_t members_max = 0;
};

// A lane that the attempt may be answered in, if its proof holds.
struct LaneAsk {
  Lane lane = Lane::kStranger;
  // device: claimed if unknown while fewer than slots_max are taken. recovered: must be known, opened less
  // than `fresh_for` ago. familiar: must be known, seen less than `fresh_for` ago. challenged: must not be
  // spent; is spent for `spent_for` when admitted. stranger: unused.
  uint64_t proof_id = 0;
  int64_t proof_epoch = 0;  // device and recovered: not below the record's epoch
  int64_t slots_max = 0;
  Duration fresh_for{0};            // recovered, familiar: since (seen) + fresh_for > now
  Duration spent_for{0};            // challenged
  std::vector<CounterAsk> account;  // counters in the account's record
  std::vector<CounterAsk> network;  // counters in the network's record
  bool closed = false;              // never admits: somebody else has refused it already (two_shards.h)
};

struct ChargeRequest {
  std::vector<LaneAsk> lanes;   // strongest first; the last one is what a refusal speaks of
  uint64_t reservation_id = 0;  // 32 bits
  std::optional<uint16_t> tag;  // of the password, salted per account
  Duration token_life{0};
  Duration keep{0};              // time to live of what is written
  std::optional<TimePoint> now;  // the store's own clock when absent
  bool dry_run = false;          // change nothing: Explain
  bool forced = false;           // count it even if refused, in the last lane: the attempt happened elsewhere
};

struct ShardRecords {
  TimePoint now;  // the store's clock, or the request's
  KeptRecord account;
  KeptRecord network;
};

// What the records of an admitted attempt say that its answer needs: whoever has it need not look inside.
struct ChargeBrief {
  bool fell = false;     // a stronger lane refused, though its proof holds
  bool spent = false;    // the admitted lane would refuse the same attempt now
  TimePoint charged_at;  // of its reservation
};

struct ChargeResult {
  ShardRecords records;         // after the charge
  int admitted = -1;            // index into lanes, -1: refused, nothing changed
  int counted = -1;             // the lane that was charged: the admitted one, or a forced attempt's last
  uint16_t sub = 0;             // slot index of the admitted lane, 0 without slot
  uint64_t reservation_id = 0;  // the shared one when an equal password is already in flight
  bool shared = false;
  std::optional<ChargeBrief> brief;  // of an admitted attempt, from a store that knows
};

// Whether the proof of a lane holds, and the index of the slot it leads to.
struct ProofState {
  bool holds = false;
  uint16_t slot = 0;
};
[[nodiscard]] ProofState CheckProof(const LaneAsk& ask, const Record& account, TimePoint now);

[[nodiscard]] ChargeResult ApplyCharge(const ChargeRequest& request, ShardRecords records);

// What a success or failure does to one counter.
struct CounterEffect {
  SeriesId series;
  uint64_t member = 0;
  int64_t weight = 1;
  enum class Kind : uint8_t { kGiveBack = 0, kClear = 1, kAdd = 2 } kind = Kind::kGiveBack;
  // Retention; kGiveBack needs no windows. Horizon zero: the series counts ever, however quiet it is.
  Windows windows;
  Duration horizon{0};
  size_t members_max = 0;
};

enum class Settlement : uint8_t {
  kSuccess = 0,      // give back, clear and add as the effects say
  kWrong = 1,        // the charge stands, unless this tag was reported wrong before
  kNotVerified = 2,  // give back, at most not_verified_max in their window
};

// A proof to remember: a familiar source or a device. When all `slots_max` are taken the one seen longest
// ago gives its place, and the new one inherits the place's counts.
struct Remember {
  uint64_t id = 0;
  int64_t slots_max = 0;
  std::string name;  // empty: keeps the name it has
};

struct SettleRequest {
  uint64_t reservation_id = 0;
  TimePoint charged_at;
  Lane lane = Lane::kStranger;
  uint16_t sub = 0;
  uint64_t slot_id = 0;  // of the proof the attempt was admitted with; 0 without
  Settlement settlement = Settlement::kSuccess;
  std::optional<uint16_t> tag;
  std::vector<CounterEffect> account;
  std::vector<CounterEffect> network;
  std::optional<Remember> source;
  std::optional<Remember> device;
  // The series that counts what was given back unverified, and its limit.
  SeriesId not_verified;
  Limit not_verified_limit;
  Duration token_life{0};
  Duration keep{0};
  std::optional<TimePoint> now;
};

struct SettleResult {
  // kSettled: this call settled it. kAlready: another did, or it was never charged here. kExpired: the
  // token's life is over; the charge stands, a success is still remembered.
  enum class State : uint8_t { kSettled = 0, kAlready = 1, kExpired = 2 } state = State::kSettled;
  bool given_back = false;
  TimePoint charged_at;  // when what was settled was charged
  ShardRecords records;
};

void RememberProof(Record& record, Lane lane, const Remember& proof, TimePoint now);

// Makes an id worthless until then; of too many the one that is worthless for the shortest time is dropped.
void SpendId(Record& record, uint64_t id, TimePoint until);

[[nodiscard]] SettleResult ApplySettle(const SettleRequest& request, ShardRecords records);

// The two steps of a network's shard where it lies apart from the account's (two_shards.h).

struct NetworkAnswer {
  TimePoint now;             // the shard's clock, or the request's
  std::vector<bool> admits;  // each lane of the request: whether every limit on its network counters has room
  bool charged = false;      // the expected lane's counters were
  Record network;            // after that
};

// Charges the network's counters of the lane `expected` (an index) if that admits, unless it is a dry run.
[[nodiscard]] NetworkAnswer ApplyNetworkCharge(const ChargeRequest& request, int expected, Record network,
                                               TimePoint now);

struct NetworkChange {
  TimePoint charged_at;                // of what is given back,
  Duration tolerance{0};               // by a clock that may be so far off
  std::vector<CounterEffect> effects;  // all are due
  Duration token_life{0};
  Duration keep{0};
  std::optional<TimePoint> now;
};

[[nodiscard]] Record ApplyNetworkChange(const NetworkChange& change, Record network, TimePoint now);

}  // namespace latchkey

#include "adapters/redis/request_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status_macros.h"
#include "engine/signal/flat_record_codec.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

// Numbers of a fixed width each, big-endian. One that is too wide is written as the largest that is not, and
// a negative one as zero. Whoever writes has asked for room before.
class Packer {
 public:
  // Into memory that is used again.
  explicit Packer(std::string& bytes) : bytes_(bytes), at_(bytes.data()) {}

  // For so many bytes more.
  void MakeRoom(size_t bytes) {
    // Each number is written as eight bytes, of which those behind its own are written over by what follows.
    LATCHKEY_CHECK(size() <= room_);
    const size_t before = size();
    room_ = before + bytes;
    if (room_ + sizeof(uint64_t) <= bytes_.size()) return;
    bytes_.resize(std::max({kUsual, 2 * bytes_.size(), room_ + sizeof(uint64_t)}));
    at_ = bytes_.data() + before;
  }

  template <int kWidth>
  void Put(int64_t value) {
    constexpr int64_t kMax = kWidth == 6 ? kMillisMax : (int64_t{1} << (8 * kWidth)) - 1;
    Raw<kWidth>(static_cast<uint64_t>(std::clamp<int64_t>(value, 0, kMax)));
  }
  void Millis(Duration span) { Put<6>(span.count()); }
  // All ones: the server's own clock.
  void Now(const std::optional<TimePoint>& now) {
    now ? Put<6>(now->time_since_epoch().count()) : Raw<6>(static_cast<uint64_t>(kMillisMax) + 1);
  }
  void Double(double value) { Raw<8>(std::bit_cast<uint64_t>(value)); }
  void Text(std::string_view text) { at_ += text.copy(at_, text.size()); }

  [[nodiscard]] size_t size() const { return static_cast<size_t>(at_ - bytes_.data()); }
  // Writes a number into a place that was left for it.
  void Fill(size_t place, size_t value) {
    bytes_[place] = static_cast<char>(value >> 8U);
    bytes_[place + 1] = static_cast<char>(value);
  }
  // Valid until that memory is used again.
  [[nodiscard]] std::string_view written() const {
    LATCHKEY_CHECK(size() <= room_);
    return {bytes_.data(), size()};
  }

 private:
  static constexpr size_t kUsual = 2048;
  static constexpr int64_t kMillisMax = (int64_t{1} << 48) - 2;

  template <int kWidth>
  void Raw(uint64_t value) {
    uint64_t left = value << (8 * (sizeof value - kWidth));
    if constexpr (std::endian::native == std::endian::little) left = __builtin_bswap64(left);
    std::memcpy(at_, &left, sizeof left);
    at_ += kWidth;
  }

  std::string& bytes_;
  char* at_;
  size_t room_ = 0;  // what was asked for, from the beginning
};

// Rooms, each of the part that its name says.
constexpr size_t kHeadRoom = 128;  // of a request or a lane, and more than either takes
constexpr size_t kWindowRoom = 6;
constexpr size_t kLimitRoom = 45;
constexpr size_t kCounterRoom = 28;
constexpr size_t kEffectRoom = 26;
constexpr size_t kRememberRoom = 12 + UINT8_MAX;

size_t RoomFor(const std::vector<CounterAsk>& asks) {
  size_t room = 2;
  for (const CounterAsk& ask : asks)
    room += kCounterRoom + ask.windows.size() * kWindowRoom + ask.limits.size() * kLimitRoom;
  return room;
}

// Redis refuses a time to live below one.
void PutKeep(Packer& out, Duration keep) {
  const std::string text = absl::StrCat(std::max<int64_t>(keep.count(), 1));
  out.Put<1>(static_cast<int64_t>(text.size()));
  out.Text(text);
}

void PutTag(Packer& out, const std::optional<uint16_t>& tag) { out.Put<3>(tag ? *tag + 1 : 0); }

void PutLimit(Packer& out, const Limit& limit) {
  out.Put<6>(limit.above);
  out.Millis(limit.window);
  out.Put<1>(static_cast<int64_t>(limit.then));
  out.Millis(limit.hold);
  out.Millis(limit.wait.first);
  out.Millis(limit.wait.max);
  out.Millis(limit.quiet);
  out.Double(limit.wait.factor);
}

// While a series holds no more than this with the attempt's weight, none of its limits refuses, one entry
// could hold it, and no member has to go.
int64_t Enough(const CounterAsk& ask) {
  int64_t enough = kFlatCountMax;
  for (const Limit& limit : ask.limits) enough = std::min(enough, limit.above);
  if (SeriesId{ask.signature, ask.sub}.distinct())
    enough = std::min(enough, static_cast<int64_t>(ask.members_max));
  return enough;
}

// Answers where the counters themselves are, behind their windows and limits.
size_t PutCounters(Packer& out, const std::vector<CounterAsk>& asks) {
  out.MakeRoom(RoomFor(asks));
  const size_t place = out.size();
  out.Put<2>(0);
  for (const CounterAsk& ask : asks) {
    out.Put<2>(static_cast<int64_t>(ask.members_max));
    out.Put<1>(static_cast<int64_t>(ask.windows.size()));
    out.Put<1>(static_cast<int64_t>(ask.limits.size()));
    for (Duration window : ask.windows) out.Millis(window);
    for (const Limit& limit : ask.limits) PutLimit(out, limit);
  }
  const size_t counters = out.size();
  out.Fill(place, counters - place - 2);
  for (const CounterAsk& ask : asks) {
    const SeriesId id{ask.signature, ask.sub};
    out.Put<4>(id.packed());
    out.Put<3>(ask.weight);
    out.Put<1>((ask.charged ? 1 : 0) | (ask.sub_is_slot ? 2 : 0));
    out.Put<3>(Enough(ask));
    out.Millis(ask.horizon);
    out.Put<1>(id.distinct() ? 6 : 0);
    if (id.distinct()) out.Put<6>(static_cast<int64_t>(ask.member));
  }
  return counters;
}

void PutEffects(Packer& out, const std::vector<CounterEffect>& effects) {
  for (const CounterEffect& effect : effects) {
    out.MakeRoom(kEffectRoom + effect.windows.size() * kWindowRoom);
    out.Put<4>(effect.series.packed());
    out.Put<6>(static_cast<int64_t>(effect.member));
    out.Put<6>(effect.weight);
    out.Put<1>(static_cast<int64_t>(effect.kind));
    out.Millis(effect.horizon);
    out.Put<2>(static_cast<int64_t>(effect.members_max));
    out.Put<1>(static_cast<int64_t>(effect.windows.size()));
    for (Duration window : effect.windows) out.Millis(window);
  }
}

void PutRemember(Packer& out, const std::optional<Remember>& proof) {
  out.MakeRoom(kRememberRoom);
  const Remember given = proof.value_or(Remember{});
  const std::string_view name = std::string_view(given.name).substr(0, UINT8_MAX);
  out.Put<1>(proof ? 1 : 0);
  out.Put<6>(static_cast<int64_t>(given.id));
  out.Put<4>(given.slots_max);
  out.Put<1>(static_cast<int64_t>(name.size()));
  out.Text(name);
}

// Whether the last lane is a stranger's, and the only one that an account without slots can be answered in.
bool IsLeftWithoutSlots(const ChargeRequest& request) {
  if (request.dry_run || request.forced || request.lanes.empty()) return false;
  const LaneAsk& last = request.lanes.back();
  return last.lane == Lane::kStranger && !last.closed &&
         std::all_of(request.lanes.begin(), request.lanes.end() - 1, [](const LaneAsk& ask) {
           return ask.lane == Lane::kRecovered || ask.lane == Lane::kFamiliar;
         });
}

absl::Status Unexpected() {
  return absl::InternalError("a script of the store answered something unexpected");
}

TimePoint TimeOf(const Reply& reply) { return TimePoint(Duration(reply.integer)); }

// Whether the reply is an array of these kinds: 's' a string, 'i' an integer.
bool HasShape(const Reply& reply, std::string_view kinds) {
  if (reply.kind != Reply::Kind::kArray || reply.elements.size() != kinds.size()) return false;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const auto expected = kinds[i] == 's' ? Reply::Kind::kString : Reply::Kind::kInteger;
    if (reply.elements[i].kind != expected) return false;
  }
  return true;
}

// As it came: most who ask never look inside.
absl::StatusOr<KeptRecord> KeptOf(const std::string& bytes) {
  if (IsWholeFlatRecord(bytes)) return KeptRecord::Packed(bytes);
  LATCHKEY_ASSIGN_OR_RETURN(Record record, DecodeRecord(bytes));
  return KeptRecord(std::move(record));
}

absl::StatusOr<ShardRecords> DecodeRecords(const Reply& now, const Reply& account, const Reply& network) {
  ShardRecords records;
  records.now = TimeOf(now);
  LATCHKEY_ASSIGN_OR_RETURN(records.account, KeptOf(account.text));
  LATCHKEY_ASSIGN_OR_RETURN(records.network, KeptOf(network.text));
  return records;
}

}  // namespace

std::string_view EncodeChargeRequest(const ChargeRequest& request, std::string& memory) {
  Packer out(memory);
  out.MakeRoom(kHeadRoom);
  out.Now(request.now);
  out.Millis(request.token_life);
  out.Put<6>(static_cast<int64_t>(request.reservation_id));
  PutTag(out, request.tag);
  PutKeep(out, request.keep);
  out.Put<1>((request.dry_run ? 1 : 0) | (request.forced ? 2 : 0));
  const size_t stranger = out.size();
  out.Put<6>(0);
  out.Put<1>(static_cast<int64_t>(request.lanes.size()));
  for (const LaneAsk& ask : request.lanes) {
    out.MakeRoom(kHeadRoom);
    out.Put<1>(static_cast<int64_t>(ask.lane));
    out.Put<1>(static_cast<int64_t>(ask.lane));
    out.Put<6>(static_cast<int64_t>(ask.proof_id));
    out.Put<6>(ask.proof_epoch);
    out.Put<4>(ask.slots_max);
    out.Millis(ask.fresh_for);
    out.Millis(ask.spent_for);
    out.Put<1>(ask.closed ? 1 : 0);
    out.Put<1>(static_cast<int64_t>(ask.account.size()));
    out.Put<1>(static_cast<int64_t>(ask.network.size()));
    const size_t place = out.size();
    out.Put<4>(0);
    const size_t network = PutCounters(out, ask.network);
    const size_t of_network = out.size() - place - 4;
    const size_t account = PutCounters(out, ask.account);
    out.Fill(place, out.size() - place - 4);
    out.Fill(place + 2, of_network);
    if (&ask == &request.lanes.back() && IsLeftWithoutSlots(request)) {
      out.Fill(stranger, ask.network.size() << 8U | ask.account.size());
      out.Fill(stranger + 2, network + 1);
      out.Fill(stranger + 4, account + 1);
    }
  }
  return out.written();
}

std::string_view EncodeSettleRequest(const SettleRequest& request, std::string& memory) {
  Packer out(memory);
  out.MakeRoom(kHeadRoom);
  out.Now(request.now);
  out.Millis(request.token_life);
  PutKeep(out, request.keep);
  out.Put<6>(static_cast<int64_t>(request.reservation_id));
  out.Put<6>(request.charged_at.time_since_epoch().count());
  out.Put<1>(static_cast<int64_t>(request.lane));
  out.Put<2>(request.sub);
  out.Put<6>(static_cast<int64_t>(request.slot_id));
  out.Put<1>(static_cast<int64_t>(request.settlement));
  PutTag(out, request.tag);
  out.Put<4>(request.not_verified.packed());
  out.Put<1>(static_cast<int64_t>(request.account.size()));
  out.Put<1>(static_cast<int64_t>(request.network.size()));
  const size_t place = out.size();
  out.Put<2>(0);
  PutLimit(out, request.not_verified_limit);
  PutRemember(out, request.source);
  PutRemember(out, request.device);
  const size_t effects = out.size();
  PutEffects(out, request.account);
  out.Fill(place, out.size() - effects);
  PutEffects(out, request.network);
  return out.written();
}

absl::StatusOr<ChargeResult> DecodeChargeReply(const Reply& reply) {
  if (!HasShape(reply, "ssiiiiii")) return Unexpected();
  const std::vector<Reply>& parts = reply.elements;
  ChargeResult result;
  LATCHKEY_ASSIGN_OR_RETURN(result.records, DecodeRecords(parts[2], parts[0], parts[1]));
  result.admitted = static_cast<int>(parts[3].integer);
  result.sub = static_cast<uint16_t>(parts[4].integer);
  result.reservation_id = static_cast<uint64_t>(parts[5].integer);
  result.shared = parts[6].integer != 0;
  result.counted = static_cast<int>(parts[7].integer);
  return result;
}

absl::StatusOr<SettleResult> DecodeSettleReply(const Reply& reply) {
  if (!HasShape(reply, "ssiiii")) return Unexpected();
  const std::vector<Reply>& parts = reply.elements;
  SettleResult result;
  LATCHKEY_ASSIGN_OR_RETURN(result.records, DecodeRecords(parts[2], parts[0], parts[1]));
  if (parts[3].integer < 0 || parts[3].integer > 2) return Unexpected();
  result.state = static_cast<SettleResult::State>(parts[3].integer);
  result.given_back = parts[4].integer != 0;
  result.charged_at = TimeOf(parts[5]);
  return result;
}

std::string EncodeNetworkCharge(const ChargeRequest& request, int expected) {
  std::string memory;
  Packer out(memory);
  out.MakeRoom(kHeadRoom);
  out.Now(request.now);
  out.Millis(request.token_life);
  PutKeep(out, request.keep);
  out.Put<1>(request.dry_run ? 1 : 0);
  out.Put<1>(expected);
  out.Put<1>(static_cast<int64_t>(request.lanes.size()));
  for (const LaneAsk& ask : request.lanes) {
    out.MakeRoom(kHeadRoom);
    out.Put<1>(static_cast<int64_t>(ask.network.size()));
    const size_t place = out.size();
    out.Put<2>(0);
    PutCounters(out, ask.network);
    out.Fill(place, out.size() - place - 2);
  }
  return std::string(out.written());
}

std::string EncodeNetworkChange(const NetworkChange& change) {
  std::string memory;
  Packer out(memory);
  out.MakeRoom(kHeadRoom);
  out.Now(change.now);
  out.Millis(change.token_life);
  PutKeep(out, change.keep);
  out.Put<6>(change.charged_at.time_since_epoch().count());
  out.Millis(change.tolerance);
  out.Put<1>(static_cast<int64_t>(change.effects.size()));
  PutEffects(out, change.effects);
  return std::string(out.written());
}

absl::StatusOr<NetworkAnswer> DecodeNetworkChargeReply(const Reply& reply) {
  if (!HasShape(reply, "siis")) return Unexpected();
  const std::vector<Reply>& parts = reply.elements;
  NetworkAnswer answer;
  LATCHKEY_ASSIGN_OR_RETURN(answer.network, DecodeRecord(parts[0].text));
  answer.now = TimeOf(parts[1]);
  answer.charged = parts[2].integer != 0;
  for (const char c : parts[3].text) answer.admits.push_back(c == '1');
  return answer;
}

absl::StatusOr<Record> DecodeNetworkChangeReply(const Reply& reply) {
  if (!HasShape(reply, "si")) return Unexpected();
  return DecodeRecord(reply.elements[0].text);
}

absl::StatusOr<ShardRead> DecodeShardReply(const Reply& reply) {
  if (!HasShape(reply, "is")) return Unexpected();
  ShardRead read{.now = TimeOf(reply.elements[0]), .record = {}};
  LATCHKEY_ASSIGN_OR_RETURN(read.record, DecodeRecord(reply.elements[1].text));
  return read;
}

absl::StatusOr<ShardRecords> DecodeReadReply(const Reply& reply) {
  if (!HasShape(reply, "iss")) return Unexpected();
  return DecodeRecords(reply.elements[0], reply.elements[1], reply.elements[2]);
}

}  // namespace latchkey

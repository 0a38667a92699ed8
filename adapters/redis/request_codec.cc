#include "adapters/redis/request_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"
#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

constexpr int64_t kServerClock = -1;

void PutTime(MsgpackWriter& out, const std::optional<TimePoint>& now) {
  out.Int(now ? now->time_since_epoch().count() : kServerClock);
}

// Redis refuses a time to live below one.
void PutKeep(MsgpackWriter& out, Duration keep) { out.Int(std::max<int64_t>(keep.count(), 1)); }

void PutTag(MsgpackWriter& out, const std::optional<uint16_t>& tag) { out.Int(tag ? *tag + 1 : 0); }

// The shortest text that Lua reads back as the same number.
void PutNumber(MsgpackWriter& out, double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.Bytes({text.data(), static_cast<size_t>(end - text.data())});
}

void PutLimit(MsgpackWriter& out, const Limit& limit) {
  out.Array(8);
  out.Int(limit.above);
  out.Int(limit.window.count());
  out.Int(static_cast<int64_t>(limit.then));
  out.Int(limit.hold.count());
  out.Int(limit.wait.first.count());
  PutNumber(out, limit.wait.factor);
  out.Int(limit.wait.max.count());
  out.Int(limit.quiet.count());
}

void PutWindows(MsgpackWriter& out, const Windows& windows) {
  out.Array(windows.size());
  for (Duration window : windows) out.Int(window.count());
}

void PutCounters(MsgpackWriter& out, const std::vector<CounterAsk>& asks) {
  out.Array(asks.size());
  for (const CounterAsk& ask : asks) {
    out.Array(10);
    out.Int(ask.signature);
    out.Int(ask.sub_is_slot ? 1 : 0);
    out.Int(ask.sub);
    out.Int(ask.charged ? 1 : 0);
    out.Int(ask.weight);
    out.Int(static_cast<int64_t>(ask.member));
    out.Array(ask.limits.size());
    for (const Limit& limit : ask.limits) PutLimit(out, limit);
    PutWindows(out, ask.windows);
    out.Int(ask.horizon.count());
    out.Int(static_cast<int64_t>(ask.members_max));
  }
}

void PutEffects(MsgpackWriter& out, const std::vector<CounterEffect>& effects) {
  out.Array(effects.size());
  for (const CounterEffect& effect : effects) {
    out.Array(7);
    out.Int(effect.series.packed());
    out.Int(static_cast<int64_t>(effect.member));
    out.Int(effect.weight);
    out.Int(static_cast<int64_t>(effect.kind));
    PutWindows(out, effect.windows);
    out.Int(effect.horizon.count());
    out.Int(static_cast<int64_t>(effect.members_max));
  }
}

void PutRemember(MsgpackWriter& out, const std::optional<Remember>& proof) {
  if (!proof) return out.Array(0);
  out.Array(3);
  out.Int(static_cast<int64_t>(proof->id));
  out.Int(proof->slots_max);
  out.Bytes(proof->name);
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

absl::StatusOr<ShardRecords> DecodeRecords(const Reply& now, const Reply& account, const Reply& network) {
  ShardRecords records;
  records.now = TimeOf(now);
  LATCHKEY_ASSIGN_OR_RETURN(records.account, DecodeRecord(account.text));
  LATCHKEY_ASSIGN_OR_RETURN(records.network, DecodeRecord(network.text));
  return records;
}

}  // namespace

std::string EncodeChargeRequest(const ChargeRequest& request) {
  MsgpackWriter out;
  out.Array(8);
  PutTime(out, request.now);
  out.Int(request.token_life.count());
  PutKeep(out, request.keep);
  out.Int(static_cast<int64_t>(request.reservation_id));
  PutTag(out, request.tag);
  out.Int(request.dry_run ? 1 : 0);
  out.Int(request.forced ? 1 : 0);
  out.Array(request.lanes.size());
  for (const LaneAsk& ask : request.lanes) {
    out.Array(9);
    out.Int(static_cast<int64_t>(ask.lane));
    out.Int(static_cast<int64_t>(ask.proof_id));
    out.Int(ask.proof_epoch);
    out.Int(ask.slots_max);
    out.Int(ask.fresh_for.count());
    out.Int(ask.spent_for.count());
    PutCounters(out, ask.account);
    PutCounters(out, ask.network);
    out.Int(ask.closed ? 1 : 0);
  }
  return out.Take();
}

std::string EncodeSettleRequest(const SettleRequest& request) {
  MsgpackWriter out;
  out.Array(16);
  PutTime(out, request.now);
  out.Int(request.token_life.count());
  PutKeep(out, request.keep);
  out.Int(static_cast<int64_t>(request.reservation_id));
  out.Int(request.charged_at.time_since_epoch().count());
  out.Int(static_cast<int64_t>(request.lane));
  out.Int(request.sub);
  out.Int(static_cast<int64_t>(request.slot_id));
  out.Int(static_cast<int64_t>(request.settlement));
  PutTag(out, request.tag);
  PutEffects(out, request.account);
  PutEffects(out, request.network);
  PutRemember(out, request.source);
  PutRemember(out, request.device);
  out.Int(request.not_verified.packed());
  PutLimit(out, request.not_verified_limit);
  return out.Take();
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
  MsgpackWriter out;
  out.Array(6);
  PutTime(out, request.now);
  out.Int(request.token_life.count());
  PutKeep(out, request.keep);
  out.Int(request.dry_run ? 1 : 0);
  out.Int(expected);
  out.Array(request.lanes.size());
  for (const LaneAsk& ask : request.lanes) PutCounters(out, ask.network);
  return out.Take();
}

std::string EncodeNetworkChange(const NetworkChange& change) {
  MsgpackWriter out;
  out.Array(6);
  PutTime(out, change.now);
  out.Int(change.token_life.count());
  PutKeep(out, change.keep);
  out.Int(change.charged_at.time_since_epoch().count());
  out.Int(change.tolerance.count());
  PutEffects(out, change.effects);
  return out.Take();
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

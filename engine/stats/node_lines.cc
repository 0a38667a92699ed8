#include "engine/stats/node_lines.h"

#include <algorithm>

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kCountsVersion = 1;
constexpr int64_t kListsVersion = 1;
constexpr size_t kNamesMax = 1024;  // more than any node tells apart
constexpr size_t kNameBytesMax = 256;
constexpr int64_t kCountMax = int64_t{1} << 53;  // what goes through Lua unharmed, should it ever

template <typename Row>
void WriteRow(const Row& row, MsgpackWriter& out) {
  out.Array(row.size());
  for (const auto count : row) out.Int(static_cast<int64_t>(count));
}

template <typename Row>
bool ReadRow(MsgpackReader& in, Row& row) {
  if (in.Array() != row.size()) return false;
  for (auto& count : row) {
    const int64_t value = in.Int();
    if (value < 0 || value > kCountMax) return false;
    count = static_cast<std::decay_t<decltype(count)>>(value);
  }
  return in.ok();
}

int64_t ReadCount(MsgpackReader& in, bool& ok) {
  const int64_t value = in.Int();
  ok = ok && in.ok() && value >= 0 && value <= kCountMax;
  return ok ? value : 0;
}

// Only those that were counted: [name, …].
template <typename T, typename Write>
void WriteNamed(const std::vector<T>& counts, const NameTable& names, MsgpackWriter& out, Write write) {
  size_t used = 0;
  for (const T& count : counts) used += count == T{} ? 0 : 1;
  out.Array(used);
  for (size_t id = 0; id < counts.size(); ++id) {
    if (counts[id] == T{}) continue;
    out.Bytes(id == NameTable::kOther ? "" : names.NameOf(static_cast<NameTable::Id>(id)));
    write(counts[id]);
  }
}

template <typename T, typename Read>
bool ReadNamed(MsgpackReader& in, NameTable& names, std::vector<T>& counts, Read read) {
  const size_t used = in.Array();
  if (used > kNamesMax) return false;
  for (size_t i = 0; i < used && in.ok(); ++i) {
    const std::string_view name = in.Bytes();
    if (name.size() > kNameBytesMax) return false;
    const NameTable::Id id = name.empty() ? NameTable::kOther : names.Intern(name);
    if (counts.size() <= id) counts.resize(id + size_t{1});
    if (!read(counts[id])) return false;
  }
  return in.ok();
}

void WriteKey(const Key& key, MsgpackWriter& out) {
  out.Int(static_cast<int64_t>(key.high));
  out.Int(static_cast<int64_t>(key.low));
}

// Halves of a key use all 64 bits: negative numbers are the upper half.
Key ReadKey(MsgpackReader& in) {
  Key key;
  key.high = static_cast<uint64_t>(in.Int());
  key.low = static_cast<uint64_t>(in.Int());
  return key;
}

void WriteTop(const TopList& list, MsgpackWriter& out) {
  out.Array(2);
  out.Int(list.unlisted_max);
  out.Array(list.entries.size());
  for (const TopEntry& entry : list.entries) {
    out.Array(7);
    WriteKey(entry.key, out);
    for (const int64_t count : {entry.hits, entry.error, entry.attempts, entry.refused, entry.failures})
      out.Int(count);
  }
}

bool ReadTop(MsgpackReader& in, size_t most, TopList& list) {
  bool ok = in.Array() == 2;
  list.unlisted_max = ReadCount(in, ok);
  const size_t size = in.Array();
  if (!ok || size > most) return false;
  for (size_t i = 0; i < size && ok; ++i) {
    ok = in.Array() == 7;
    TopEntry entry;
    entry.key = ReadKey(in);
    for (int64_t* count : {&entry.hits, &entry.error, &entry.attempts, &entry.refused, &entry.failures})
      *count = ReadCount(in, ok);
    list.entries.push_back(std::move(entry));
  }
  return ok && in.ok();
}

int64_t Millis(TimePoint time) { return time.time_since_epoch().count(); }

void WriteRefusal(const ActiveRefusal& refusal, MsgpackWriter& out) {
  out.Array(9);
  out.Int(static_cast<int64_t>(refusal.scope));
  out.Int(static_cast<int64_t>(refusal.lane));
  WriteKey(refusal.subject, out);
  out.Bytes(refusal.rule);
  out.Int(static_cast<int64_t>(refusal.action));
  out.Int(refusal.until ? Millis(*refusal.until) : 0);
  out.Int(Millis(refusal.seen));
  out.Int(refusal.refused);
}

bool ReadRefusal(MsgpackReader& in, ActiveRefusal& refusal) {
  bool ok = in.Array() == 9;
  const int64_t scope = ReadCount(in, ok);
  const int64_t lane = ReadCount(in, ok);
  refusal.subject = ReadKey(in);
  const std::string_view rule = in.Bytes();
  const int64_t action = ReadCount(in, ok);
  const int64_t until = ReadCount(in, ok);
  refusal.seen = TimePoint(Duration(ReadCount(in, ok)));
  refusal.refused = ReadCount(in, ok);
  if (!ok || scope < static_cast<int64_t>(Scope::kAccountLane) || scope > static_cast<int64_t>(Scope::kAsn) ||
      lane >= static_cast<int64_t>(kLaneCount) || action < static_cast<int64_t>(Action::kThrottle) ||
      action > static_cast<int64_t>(Action::kLockout) || rule.size() > kNameBytesMax) {
    return false;
  }
  refusal.scope = static_cast<Scope>(scope);
  refusal.lane = static_cast<Lane>(lane);
  refusal.rule = rule;
  refusal.action = static_cast<Action>(action);
  if (until > 0) refusal.until = TimePoint(Duration(until));
  return true;
}

template <typename T>
T More(T now, T before) {
  return now >= before ? now - before : now;
}

template <typename Row>
Row RowDifference(const Row& now, const Row& before) {
  Row row = now;
  for (size_t i = 0; i < row.size(); ++i) row[i] = More(now[i], before[i]);
  return row;
}

template <typename Table>
Table TableDifference(const Table& now, const Table& before) {
  Table table = now;
  for (size_t i = 0; i < table.size(); ++i) table[i] = RowDifference(now[i], before[i]);
  return table;
}

// Counts of durations are of 32 bits and go round; a second is always less than a round.
LatencyCounts Since(const LatencyCounts& before, const LatencyCounts& now) {
  LatencyCounts more{};
  for (size_t i = 0; i < more.size(); ++i) more[i] = now[i] - before[i];
  return more;
}

}  // namespace

std::string EncodeCounts(const Counts& counts, DecisionStats& names) {
  MsgpackWriter out;
  out.Array(12);
  out.Int(kCountsVersion);
  out.Array(counts.decisions.size());
  for (const auto& row : counts.decisions) WriteRow(row, out);
  out.Array(counts.shadow.size());
  for (const auto& row : counts.shadow) WriteRow(row, out);
  WriteRow(counts.outcomes, out);
  WriteRow(counts.shadow_rules, out);
  WriteRow(counts.proven_refused, out);
  out.Int(counts.degraded);
  WriteRow(counts.decision_time, out);
  WriteRow(counts.store_time, out);
  const auto write_share = [&](const Counts::Share& share) {
    out.Int(share.decisions);
    out.Int(share.refused);
  };
  WriteNamed(counts.rules, names.rules(), out, [&](int64_t count) { out.Int(count); });
  WriteNamed(counts.tenants, names.tenants(), out, write_share);
  WriteNamed(counts.paths, names.paths(), out, write_share);
  return out.Take();
}

std::optional<Counts> DecodeCounts(std::string_view line, DecisionStats& names) {
  MsgpackReader in(line);
  Counts counts;
  bool ok = in.Array() == 12 && in.Int() == kCountsVersion && in.Array() == counts.decisions.size();
  for (auto& row : counts.decisions) ok = ok && ReadRow(in, row);
  ok = ok && in.Array() == counts.shadow.size();
  for (auto& row : counts.shadow) ok = ok && ReadRow(in, row);
  ok = ok && ReadRow(in, counts.outcomes) && ReadRow(in, counts.shadow_rules) &&
       ReadRow(in, counts.proven_refused);
  counts.degraded = ReadCount(in, ok);
  ok = ok && ReadRow(in, counts.decision_time) && ReadRow(in, counts.store_time);
  const auto read_count = [&](int64_t& count) {
    count += ReadCount(in, ok);
    return ok;
  };
  const auto read_share = [&](Counts::Share& share) {
    return read_count(share.decisions) && read_count(share.refused);
  };
  ok = ok && ReadNamed(in, names.rules(), counts.rules, read_count) &&
       ReadNamed(in, names.tenants(), counts.tenants, read_share) &&
       ReadNamed(in, names.paths(), counts.paths, read_share);
  if (!ok || !in.ok() || !in.AtEnd()) return std::nullopt;
  return counts;
}

std::string EncodeLists(NodeLists lists) {
  MsgpackWriter out;
  out.Array(4);
  out.Int(kListsVersion);
  out.Array(kTopKinds);
  for (size_t kind = 0; kind < kTopKinds; ++kind)
    WriteTop(Shorten(std::move(lists.tops[kind]), NodeLists::kTopMax[kind]), out);
  const size_t refusals = std::min(lists.refusals.size(), NodeLists::kRefusalsMax);
  out.Int(lists.refusals_left_out + static_cast<int64_t>(lists.refusals.size() - refusals));
  out.Array(refusals);
  for (size_t i = 0; i < refusals; ++i) WriteRefusal(lists.refusals[i], out);
  return out.Take();
}

std::optional<NodeLists> DecodeLists(std::string_view line) {
  MsgpackReader in(line);
  NodeLists lists;
  bool ok = in.Array() == 4 && in.Int() == kListsVersion && in.Array() == kTopKinds;
  for (size_t kind = 0; kind < kTopKinds; ++kind)
    ok = ok && ReadTop(in, NodeLists::kTopMax[kind], lists.tops[kind]);
  lists.refusals_left_out = ReadCount(in, ok);
  const size_t refusals = in.Array();
  ok = ok && refusals <= NodeLists::kRefusalsMax;
  for (size_t i = 0; ok && i < refusals; ++i) ok = ReadRefusal(in, lists.refusals.emplace_back());
  if (!ok || !in.ok() || !in.AtEnd()) return std::nullopt;
  return lists;
}

Counts Difference(const Counts& now, const Counts& before) {
  Counts more = now;
  more.decisions = TableDifference(now.decisions, before.decisions);
  more.shadow = TableDifference(now.shadow, before.shadow);
  more.outcomes = RowDifference(now.outcomes, before.outcomes);
  more.shadow_rules = RowDifference(now.shadow_rules, before.shadow_rules);
  more.proven_refused = RowDifference(now.proven_refused, before.proven_refused);
  more.decision_time = Since(before.decision_time, now.decision_time);
  more.store_time = Since(before.store_time, now.store_time);
  more.degraded = More(now.degraded, before.degraded);
  for (size_t i = 0; i < std::min(more.rules.size(), before.rules.size()); ++i)
    more.rules[i] = More(now.rules[i], before.rules[i]);
  const auto shares = [](std::vector<Counts::Share>& to, const std::vector<Counts::Share>& from) {
    for (size_t i = 0; i < std::min(to.size(), from.size()); ++i) {
      to[i].decisions = More(to[i].decisions, from[i].decisions);
      to[i].refused = More(to[i].refused, from[i].refused);
    }
  };
  shares(more.tenants, before.tenants);
  shares(more.paths, before.paths);
  return more;
}

}  // namespace latchkey

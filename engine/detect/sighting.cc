#include "engine/detect/sighting.h"

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kVersion = 1;
constexpr int64_t kAbsent = -1;
constexpr size_t kMost = 100'000;

void Put(MsgpackWriter& out, const Key& key) {
  out.Int(static_cast<int64_t>(key.high));
  out.Int(static_cast<int64_t>(key.low));
}
void Put(MsgpackWriter& out, std::optional<uint16_t> tag) { out.Int(tag ? *tag : kAbsent); }

Key KeyFrom(MsgpackReader& in) {
  const auto high = static_cast<uint64_t>(in.Int());
  return {high, static_cast<uint64_t>(in.Int())};
}
std::optional<uint16_t> TagFrom(MsgpackReader& in) {
  const int64_t tag = in.Int();
  if (tag < 0) return std::nullopt;
  return static_cast<uint16_t>(tag);
}

// One number for what is yes or no.
int64_t FlagsOf(const Sighting& sighting) {
  return (sighting.unknown ? 1 : 0) | (sighting.solved ? 2 : 0) | (sighting.popular ? 4 : 0) |
         (sighting.near ? 8 : 0);
}

}  // namespace

std::string EncodeSightings(const std::vector<Sighting>& sightings) {
  MsgpackWriter out;
  out.Int(kVersion);
  out.Int(static_cast<int64_t>(sightings.size()));
  for (const Sighting& each : sightings) {
    out.Int(static_cast<int64_t>(each.kind));
    Put(out, each.account);
    Put(out, each.network);
    Put(out, each.source);
    out.Int(each.at.time_since_epoch().count());
    out.Int(static_cast<int64_t>(each.decision));
    out.Int(static_cast<int64_t>(each.lane));
    out.Int(static_cast<int64_t>(each.tenant));
    out.Bytes(each.tenant_name);
    out.Int(static_cast<int64_t>(each.answered));
    out.Int(FlagsOf(each));
    Put(out, each.account_tag);
    Put(out, each.tenant_tag);
    out.Int(each.until ? each.until->time_since_epoch().count() : kAbsent);
    out.Bytes(each.account_name);
    out.Bytes(each.source_name);
  }
  return out.Take();
}

std::optional<std::vector<Sighting>> DecodeSightings(std::string_view bytes) {
  MsgpackReader in(bytes);
  if (in.Int() != kVersion) return std::nullopt;
  const int64_t count = in.Int();
  if (count < 0 || count > static_cast<int64_t>(kMost)) return std::nullopt;
  std::vector<Sighting> sightings;
  for (int64_t i = 0; i < count; ++i) {
    Sighting& each = sightings.emplace_back();
    const int64_t kind = in.Int();
    each.kind = static_cast<Sighting::Kind>(kind);
    each.account = KeyFrom(in);
    each.network = KeyFrom(in);
    each.source = KeyFrom(in);
    each.at = TimePoint(Duration(in.Int()));
    each.decision = static_cast<uint64_t>(in.Int());
    const int64_t lane = in.Int();
    each.lane = static_cast<Lane>(lane);
    each.tenant = static_cast<uint64_t>(in.Int());
    each.tenant_name = std::string(in.Bytes());
    const int64_t answered = in.Int();
    each.answered = static_cast<Action>(answered);
    const int64_t flags = in.Int();
    each.unknown = (flags & 1) != 0;
    each.solved = (flags & 2) != 0;
    each.popular = (flags & 4) != 0;
    each.near = (flags & 8) != 0;
    each.account_tag = TagFrom(in);
    each.tenant_tag = TagFrom(in);
    if (const int64_t until = in.Int(); until >= 0) each.until = TimePoint(Duration(until));
    each.account_name = std::string(in.Bytes());
    each.source_name = std::string(in.Bytes());
    const bool known = kind >= static_cast<int64_t>(Sighting::Kind::kTry) &&
                       kind <= static_cast<int64_t>(Sighting::Kind::kReport) && lane >= 0 &&
                       lane <= static_cast<int64_t>(Lane::kStranger) &&
                       answered >= static_cast<int64_t>(Action::kAllow) &&
                       answered <= static_cast<int64_t>(Action::kLockout);
    if (!in.ok() || !known) return std::nullopt;
  }
  if (!in.ok() || !in.AtEnd()) return std::nullopt;
  return sightings;
}

}  // namespace latchkey

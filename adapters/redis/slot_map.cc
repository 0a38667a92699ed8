#include "adapters/redis/slot_map.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr int kTagsTried = 1'000'000;

// A server that does not say where it is, is where it was asked.
std::string HostOf(const Reply& announced, const NodeAddress& asked) {
  return announced.text.empty() || announced.text == "?" ? asked.host : announced.text;
}

void NameTags(SlotMap& map, std::string_view environment) {
  size_t missing = map.primaries.size();
  for (int number = 0; missing > 0 && number < kTagsTried; ++number) {
    std::string tag = absl::StrCat(ToAbsl(environment), ":s:", number);
    const uint16_t place = map.owner[HashSlot("{" + tag + "}")];
    if (place == SlotMap::kNobody || !map.primaries[place].tag.empty()) continue;
    map.primaries[place].tag = std::move(tag);
    --missing;
  }
}

}  // namespace

bool SlotMap::complete() const { return std::find(owner.begin(), owner.end(), kNobody) == owner.end(); }

SlotMap WholeMap(const NodeAddress& server, std::string_view environment) {
  SlotMap map;
  map.primaries.push_back({server, ""});
  std::fill(map.owner.begin(), map.owner.end(), uint16_t{0});
  NameTags(map, environment);
  return map;
}

absl::StatusOr<SlotMap> ParseClusterSlots(const Reply& reply, const NodeAddress& asked,
                                          std::string_view environment) {
  using Kind = Reply::Kind;
  const auto unexpected = [] { return absl::InternalError("CLUSTER SLOTS answered something unexpected"); };
  if (reply.IsError()) return ErrorReplyStatus(reply);
  if (reply.kind != Kind::kArray) return unexpected();
  SlotMap map;
  std::map<NodeAddress, uint16_t> known;
  // Each range: first slot, last slot, primary, replicas; each server: host, port, id, more.
  for (const Reply& range : reply.elements) {
    if (range.elements.size() < 3 || range.elements[2].elements.size() < 2) return unexpected();
    const int64_t first = range.elements[0].integer;
    const int64_t last = range.elements[1].integer;
    const Reply& host = range.elements[2].elements[0];
    const int64_t port = range.elements[2].elements[1].integer;
    if (first < 0 || last < first || last >= kHashSlots) return unexpected();
    if ((host.kind != Kind::kString && host.kind != Kind::kNil) || port < 1 || port > 65535)
      return unexpected();
    const NodeAddress address{HostOf(host, asked), static_cast<uint16_t>(port)};
    const auto [it, fresh] = known.try_emplace(address, static_cast<uint16_t>(map.primaries.size()));
    if (fresh) map.primaries.push_back({address, ""});
    std::fill(map.owner.begin() + first, map.owner.begin() + last + 1, it->second);
  }
  if (map.primaries.empty()) return absl::UnavailableError("the cluster serves no slots yet");
  NameTags(map, environment);
  return map;
}

}  // namespace latchkey

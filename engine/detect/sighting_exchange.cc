#include "engine/detect/sighting_exchange.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// Takes a number and the space behind it from the front.
template <typename Number>
bool TakeNumber(std::string_view& text, Number& number) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || !absl::SimpleAtoi(ToAbsl(text.substr(0, space)), &number))
    return false;
  text.remove_prefix(space + 1);
  return true;
}

// Sealed with a batch: nobody else tells it again.
std::string WhoseBatch(const std::string& node, int64_t number) {
  return absl::StrCat(node, " ", number, " ");
}

}  // namespace

SightingExchange::SightingExchange(Parts parts, std::string node) : parts_(parts), node_(std::move(node)) {
  (void)parts_.watcher.TakeSightings(kEachSecondMax);  // From now on it keeps them.
}

absl::Status SightingExchange::Exchange(TimePoint now) {
  Pack(parts_.watcher.TakeSightings(std::max<size_t>(1, kEachSecondMax / nodes_)), now);
  std::string line;
  for (const Batch& batch : batches_) line += batch.text;
  absl::StatusOr<std::vector<StatsExchange::Line>> others =
      parts_.board.Swap(StatsBoard::kSightings, node_, line);
  if (!others.ok()) {
    // Nobody hears this node: what it has left to others it counts itself.
    (void)parts_.watcher.TakeSightings(0);
    return others.status();
  }
  absl::flat_hash_map<std::string, int64_t> heard;
  for (const StatsExchange::Line& other : *others) {
    HearLine(other);
    heard[other.node] = heard_[other.node];
  }
  heard_ = std::move(heard);
  nodes_ = others->size() + 1;
  return absl::OkStatus();
}

void SightingExchange::Pack(const std::vector<Sighting>& sightings, TimePoint now) {
  while (!batches_.empty() && now - batches_.front().made > kKept) batches_.pop_front();
  for (size_t at = 0; at < sightings.size(); at += kBatch) {
    const auto begin = sightings.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = sightings.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, sightings.size()));
    const std::string sealed = parts_.sealer.Seal(
        SealPurpose::kSightings, WhoseBatch(node_, ++number_) + EncodeSightings({begin, end}));
    batches_.push_back({now, absl::StrCat(number_, " ", sealed.size(), " ", sealed)});
  }
}

void SightingExchange::HearLine(const StatsExchange::Line& line) {
  int64_t& latest = heard_[line.node];
  std::string_view rest = line.text;
  int64_t number = 0;
  uint64_t size = 0;
  while (TakeNumber(rest, number) && TakeNumber(rest, size) && size <= rest.size()) {
    const std::string_view sealed = rest.substr(0, size);
    rest.remove_prefix(size);
    if (number <= latest) continue;
    latest = number;
    const std::optional<std::string> plain = parts_.sealer.Open(SealPurpose::kSightings, sealed);
    const std::string whose = WhoseBatch(line.node, number);
    if (!plain || !plain->starts_with(whose)) continue;  // Of another ring, of nobody, or told again.
    const std::optional<std::vector<Sighting>> sightings =
        DecodeSightings(std::string_view(*plain).substr(whose.size()));
    if (!sightings) continue;
    for (const Sighting& each : *sightings) parts_.watcher.Hear(each);
  }
}

}  // namespace latchkey

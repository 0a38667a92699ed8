// Lanes: how much an attempt has proved before its password is looked at.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace latchkey {

// Strongest first. The numbers are stored and sent: they never change.
enum class Lane : uint8_t { kDevice = 0, kRecovered = 1, kFamiliar = 2, kChallenged = 3, kStranger = 4 };

inline constexpr int kLaneCount = 5;
inline constexpr std::array<Lane, kLaneCount> kAllLanes = {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar,
                                                           Lane::kChallenged, Lane::kStranger};

// "device", "recovered", "familiar", "challenged", "stranger".
[[nodiscard]] constexpr std::string_view LaneName(Lane lane) {
  constexpr std::array<std::string_view, kLaneCount> kNames = {"device", "recovered", "familiar",
                                                               "challenged", "stranger"};
  return kNames[static_cast<size_t>(lane)];
}

[[nodiscard]] constexpr std::optional<Lane> LaneFromName(std::string_view name) {
  for (Lane lane : kAllLanes) {
    if (LaneName(lane) == name) return lane;
  }
  return std::nullopt;
}

// A set of lanes; a small value.
class LaneSet {
 public:
  constexpr LaneSet() = default;
  constexpr LaneSet(std::initializer_list<Lane> lanes) {
    for (Lane lane : lanes) Insert(lane);
  }
  [[nodiscard]] static constexpr LaneSet All() {
    return {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar, Lane::kChallenged, Lane::kStranger};
  }
  constexpr void Insert(Lane lane) { bits_ = static_cast<uint8_t>(bits_ | Bit(lane)); }
  [[nodiscard]] constexpr bool Contains(Lane lane) const { return (bits_ & Bit(lane)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr int size() const { return std::popcount(bits_); }
  [[nodiscard]] constexpr uint8_t bits() const { return bits_; }
  constexpr bool operator==(const LaneSet&) const = default;

 private:
  static constexpr uint8_t Bit(Lane lane) { return static_cast<uint8_t>(1U << static_cast<unsigned>(lane)); }
  uint8_t bits_ = 0;
};

}  // namespace latchkey

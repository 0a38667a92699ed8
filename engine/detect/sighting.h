// What one node has seen that the detectors of other nodes count too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/assess/decision.h"
#include "engine/attempt/key.h"
#include "engine/attempt/lane.h"
#include "engine/base/clock.h"

namespace latchkey {

struct Sighting {
  // The numbers are sent: they never change.
  enum class Kind : uint8_t {
    kTry = 1,       // of a stranger: wrong, or refused
    kTokenTry = 2,  // wrong, with a device's token
    kLogin = 3,     // completed
    kReport = 4,    // wrong; the node that was asked knows more of it
  } kind = Kind::kTry;
  Key account;
  Key network;
  Key source;
  TimePoint at;
  uint64_t decision = 0;
  Lane lane = Lane::kStranger;
  uint64_t tenant = 0;  // 0: not known
  std::string tenant_name;
  Action answered = Action::kAllow;
  bool unknown = false;
  bool solved = false;
  bool popular = false;
  bool near = false;
  std::optional<uint16_t> account_tag;
  std::optional<uint16_t> tenant_tag;
  std::optional<TimePoint> until;  // of a refusal
  // Only where names are shown.
  std::string account_name;
  std::string source_name;
  bool operator==(const Sighting&) const = default;
};

[[nodiscard]] std::string EncodeSightings(const std::vector<Sighting>& sightings);
// Nothing for what is cut or of another release.
[[nodiscard]] std::optional<std::vector<Sighting>> DecodeSightings(std::string_view bytes);

}  // namespace latchkey

// Whatever somebody sends as a sealed token opens as nothing: noise, and a real token damaged in any way.
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/sodium/key_ring.h"
#include "adapters/sodium/ring_sealer.h"
#include "engine/base/check.h"
#include "tests/support/fake_clock.h"

namespace {

using latchkey::SealPurpose;

struct World {
  latchkey::FakeClock clock;
  latchkey::RingSealer sealer{latchkey::KeyRing::Generate(), clock};
  std::string token = sealer.Seal(SealPurpose::kDeviceToken, "what a device token carries");
};

// The real token, with the input's bytes laid over it from a place that the input chooses.
std::string Damaged(std::string token, std::string_view input) {
  const size_t at = input.empty() ? 0 : static_cast<uint8_t>(input.front()) % token.size();
  if (input.size() > 1) token.replace(at, input.size() - 1, input.substr(1));
  return token;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World& world = *new World;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  LATCHKEY_CHECK(!world.sealer.Open(SealPurpose::kDeviceToken, input));
  const std::string damaged = Damaged(world.token, input);
  LATCHKEY_CHECK(damaged == world.token || !world.sealer.Open(SealPurpose::kDeviceToken, damaged));
  LATCHKEY_CHECK(!world.sealer.Open(SealPurpose::kAttemptToken, world.token));
  return 0;
}

#include "engine/detect/detectors.h"

#include "engine/detect/counter_laundering.h"
#include "engine/detect/credential_stuffing.h"
#include "engine/detect/distributed_guessing.h"
#include "engine/detect/key_flood.h"
#include "engine/detect/lockout_sabotage.h"
#include "engine/detect/low_and_slow.h"
#include "engine/detect/password_spray.h"
#include "engine/detect/targeted_guessing.h"
#include "engine/detect/token_theft.h"

namespace latchkey {

std::vector<std::unique_ptr<Detector>> AccountDetectors(const DetectSpec& spec) {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(std::make_unique<TokenTheft>(spec.token_theft));
  detectors.push_back(std::make_unique<LockoutSabotage>(spec.lockout_sabotage, spec.suspects));
  detectors.push_back(std::make_unique<LowAndSlow>(spec.low_and_slow));
  detectors.push_back(std::make_unique<DistributedGuessing>(spec.distributed_guessing));
  detectors.push_back(std::make_unique<TargetedGuessing>(spec.targeted_guessing));
  return detectors;
}

std::vector<std::unique_ptr<Detector>> OtherDetectors(const DetectSpec& spec) {
  std::vector<std::unique_ptr<Detector>> detectors;
  detectors.push_back(std::make_unique<CredentialStuffing>(spec.credential_stuffing));
  detectors.push_back(std::make_unique<PasswordSpray>(spec.password_spray));
  detectors.push_back(std::make_unique<CounterLaundering>(spec.counter_laundering));
  detectors.push_back(std::make_unique<KeyFlood>(spec.key_flood));
  return detectors;
}

}  // namespace latchkey

#include "engine/lab/actors/botnet.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Botnet final : public Campaign {
 public:
  using Campaign::Campaign;
};

}  // namespace

ActorKind BotnetKind() {
  return {.name = "botnet",
          .side = Side::kAttack,
          .about = "many machines, each failing once on the same victim",
          .parameters = WithDefaults(
              CampaignParameters(),
              {{"addresses", 10000}, {"tries", 10000}, {"every", 5 * kSecond}, {"passwords", 2}}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Botnet>(values);
          }};
}

}  // namespace latchkey::lab

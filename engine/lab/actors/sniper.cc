#include "engine/lab/actors/sniper.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Sniper final : public Campaign {
 public:
  using Campaign::Campaign;
};

}  // namespace

ActorKind SniperKind() {
  return {.name = "sniper",
          .side = Side::kAttack,
          .about = "a rival bidder: a few wrong passwords right before the auction closes",
          .parameters =
              WithDefaults(CampaignParameters(), {{"passwords", 2}, {"tries", 5}, {"every", 2 * kSecond}}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Sniper>(values);
          }};
}

}  // namespace latchkey::lab

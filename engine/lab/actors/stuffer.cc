#include "engine/lab/actors/stuffer.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"hits", Type::kShare, 0.005, "the share of pairs that are right here too", 0, 1}};

class Stuffer final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Login Next(World& world) override {
    Login login = Aim(world, NextVictim());
    login.password = dice().Chance(values().Number("hits")) ? world.account(login.account).password
                                                            : StrongPassword((int64_t{1} << 38) + turns());
    return login;
  }
};

}  // namespace

ActorKind StufferKind() {
  return {.name = "stuffer",
          .side = Side::kAttack,
          .about = "pairs of names and passwords from somebody else's breach, each tried once",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"victims", 0}, {"addresses", 1000}, {"every", kSecond}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Stuffer>(values);
          }};
}

}  // namespace latchkey::lab

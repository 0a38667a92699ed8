#include "engine/lab/actors/sprayer.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"list", Type::kNumber, 3, "how many passwords are on the list", 1, 1e6}};

class Sprayer final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Login Next(World& world) override {
    // Breadth first: one password on all accounts, then the next one.
    const auto accounts = static_cast<int64_t>(victims().size());
    const int64_t round = (turns() - 1) / accounts;
    Login login = Aim(world, NextVictim());
    login.password = round % values().Count("list");
    return login;
  }
};

}  // namespace

ActorKind SprayerKind() {
  return {.name = "sprayer",
          .side = Side::kAttack,
          .about = "the same few common passwords on every account",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"victims", 0}, {"addresses", 12}, {"every", kSecond}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Sprayer>(values);
          }};
}

}  // namespace latchkey::lab

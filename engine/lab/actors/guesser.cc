#include "engine/lab/actors/guesser.h"

#include <cmath>

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"list", Type::kNumber, 1000, "how many variations there are", 1, 1e6},
    {"listed", Type::kShare, 0.16, "the share of victims whose password is one of them", 0, 1}};

class Guesser final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override {
    // Where in the list the right one stands: early ones are likelier (the logarithm of the place is even).
    const double list = values().Number("list");
    for (uint32_t victim : victims()) {
      const bool listed = dice().Chance(values().Number("listed"));
      const double place = std::exp(dice().Unit() * std::log(list));
      if (listed) world.account(victim).password = Variation(static_cast<int64_t>(place) - 1);
    }
  }
  Password NextPassword(World& world, uint32_t victim) override {
    return Variation(Campaign::NextPassword(world, victim) % values().Count("list"));
  }

 private:
  static Password Variation(int64_t place) { return StrongPassword((int64_t{1} << 39) + place); }
};

}  // namespace

ActorKind GuesserKind() {
  return {.name = "guesser",
          .side = Side::kAttack,
          .about = "somebody who knows an old password of the victim and tries variations, likely ones first",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"addresses", 100}, {"every", kMinute}, {"pace", 1}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Guesser>(values);
          }};
}

}  // namespace latchkey::lab

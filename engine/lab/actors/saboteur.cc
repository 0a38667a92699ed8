#include "engine/lab/actors/saboteur.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"burst", Type::kNumber, 1, "how many tries at a time", 1, 1e6},
                               {"within", Type::kTime, 500, "the pause between two tries of a burst", 1}};

class Saboteur final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Duration Pause(World& world, const LoginAnswer& answer) override {
    const int64_t burst = values().Count("burst");
    if (turns() % burst != 0) return values().Time("within");
    return Campaign::Pause(world, answer);
  }
};

}  // namespace

ActorKind SaboteurKind() {
  return {.name = "saboteur",
          .side = Side::kAttack,
          .about = "somebody who fails logins on an account to keep its owner out",
          .parameters = WithDefaults(CampaignParameters(), {{"passwords", 2}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Saboteur>(values);
          }};
}

}  // namespace latchkey::lab

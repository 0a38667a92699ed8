#include "engine/lab/actors/tailgater.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"burst", Type::kNumber, 20, "how many guesses after each login", 1, 1e6},
                               {"within", Type::kTime, kSecond, "the pause between two of them", 1}};

class Tailgater final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Turn(World& world) override {
    for (uint32_t victim : victims()) {
      const TimePoint last = world.account(victim).last_login;
      if (last <= seen_) continue;
      seen_ = last;
      left_ = values().Count("burst");
    }
    if (left_ > 0) {
      --left_;
      Send(world, Next(world));
    }
    PlanTurn(world, world.now() + values().Time(left_ > 0 ? "within" : "every"));
  }

 private:
  TimePoint seen_;
  int64_t left_ = 0;
};

}  // namespace

ActorKind TailgaterKind() {
  return {.name = "tailgater",
          .side = Side::kAttack,
          .about = "a guesser who guesses right after each login of the victim",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"every", kMinute}, {"passwords", 2}, {"addresses", 100}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Tailgater>(values);
          }};
}

}  // namespace latchkey::lab

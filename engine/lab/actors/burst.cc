#include "engine/lab/actors/burst.h"

#include <utility>
#include <vector>

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"at_once", Type::kCount, 1000, "how many", 1, 1e6}};

class Burst final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Turn(World& world) override {
    std::vector<std::pair<Login, Decision>> in_flight;
    for (int64_t i = 0; i < values().Count("at_once"); ++i) {
      Login login = Next(world);
      login.password = StrongPassword((int64_t{1} << 36) + sent_++);
      Decision decision = world.AttackAssess(login);
      in_flight.emplace_back(std::move(login), std::move(decision));
    }
    for (auto& [login, decision] : in_flight) world.AttackFinish(login, std::move(decision));
    PlanTurn(world, world.now() + values().Time("every"));
  }

 private:
  int64_t sent_ = 0;
};

}  // namespace

ActorKind BurstKind() {
  return {
      .name = "burst",
      .side = Side::kAttack,
      .about = "many guesses in flight at once: all are asked for before the first is reported",
      .parameters = WithDefaults(CampaignParameters(),
                                 {{"every", kHour}, {"addresses", 1000}, {"passwords", 2}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> { return std::make_unique<Burst>(values); }};
}

}  // namespace latchkey::lab

#include "engine/lab/actors/prober.h"

#include <algorithm>

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Prober final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override {
    // An account that nobody uses meanwhile, and one that does not exist.
    existing_ = world.AddAccount({.name = "dormant-a", .password = StrongPassword(1)});
    unknown_ = world.AddAccount({.name = "dormant-b", .password = StrongPassword(1), .exists = false});
  }
  void Turn(World& world) override {
    Login login{.account = existing_, .password = StrongPassword((int64_t{1} << 36) + turns() / 2)};
    login.address = RentedAddress(500'000 + 2 * static_cast<uint32_t>(turns() % values().Count("addresses")));
    if (!solved_first_.empty() && values().Yes("captcha")) login.solved_challenge = solved_first_;
    const LoginAnswer first = world.Attack(login);
    login.account = unknown_;
    login.address = RentedAddress(500'001 + 2 * static_cast<uint32_t>(turns() % values().Count("addresses")));
    if (!solved_second_.empty() && values().Yes("captcha")) login.solved_challenge = solved_second_;
    const LoginAnswer second = world.Attack(login);
    solved_first_ = first.decision.challenge_id;
    solved_second_ = second.decision.challenge_id;
    ++world.notes().attack.oracle_pairs;
    if (FingerprintOf(first.decision) != FingerprintOf(second.decision))
      ++world.notes().attack.oracle_differences;
    PlanTurn(world, world.now() + std::max(Duration(1), Pause(world, first)));
  }

 private:
  uint32_t existing_ = 0;
  uint32_t unknown_ = 0;
  std::string solved_first_;
  std::string solved_second_;
};

}  // namespace

ActorKind ProberKind() {
  return {
      .name = "prober",
      .side = Side::kAttack,
      .about =
          "somebody who sends the same history to an existing account and an unknown one, to tell them apart",
      .parameters =
          WithDefaults(CampaignParameters(), {{"every", 10 * kSecond}, {"addresses", 20}, {"captcha", 1}}),
      .make = [](const Values& values) -> std::unique_ptr<Actor> {
        return std::make_unique<Prober>(values);
      }};
}

}  // namespace latchkey::lab

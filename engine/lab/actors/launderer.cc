#include "engine/lab/actors/launderer.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"after", Type::kNumber, 4, "each such turn is a login of his own", 2, 1000}};

class Launderer final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override { own_ = OwnAccount(world); }
  Login Next(World& world) override {
    Login login = Campaign::Next(world);
    if (turns() % values().Count("after") != 0) return login;
    login.account = own_;
    login.password = world.account(own_).password;
    return login;
  }

 private:
  uint32_t own_ = 0;
};

}  // namespace

ActorKind LaundererKind() {
  return {.name = "launderer",
          .side = Side::kAttack,
          .about = "a guesser who logs in to an account of his own between guesses",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"every", 20 * kSecond}, {"passwords", 2}, {"pace", 0}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Launderer>(values);
          }};
}

}  // namespace latchkey::lab

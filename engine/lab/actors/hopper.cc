#include "engine/lab/actors/hopper.h"

#include <iterator>

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Hopper final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Login Next(World& world) override {
    constexpr std::string_view kPaths[] = {"web", "api", "imap", "oauth-password", "recovery"};
    Login login = Campaign::Next(world);
    const auto which = static_cast<size_t>(turns()) % std::size(kPaths);
    login.path = std::string(kPaths[which]);
    login.shows_captcha = which == 0;
    if (login.path == "recovery" && turns() % 2 == 0) login.factor = Factor::kRecoveryCode;
    return login;
  }
};

}  // namespace

ActorKind HopperKind() {
  return {.name = "hopper",
          .side = Side::kAttack,
          .about = "a guesser who takes another way in each time: page, API, mail, OAuth, recovery codes",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"every", 10 * kSecond}, {"addresses", 200}, {"passwords", 2}}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Hopper>(values);
          }};
}

}  // namespace latchkey::lab

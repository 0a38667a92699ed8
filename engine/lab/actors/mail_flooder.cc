#include "engine/lab/actors/mail_flooder.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"guess_every", Type::kNumber, 2, "each such turn is a wrong password as well", 1, 1e6}};

class MailFlooder final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Turn(World& world) override {
    world.AskForMail(NextVictim());
    if (turns() % values().Count("guess_every") == 0) Send(world, Next(world));
    PlanTurn(world, world.now() + values().Time("every"));
  }
};

}  // namespace

ActorKind MailFlooderKind() {
  return {
      .name = "mail_flooder",
      .side = Side::kAttack,
      .about = "somebody who asks for the victim's recovery mail over and over, so that the real one drowns",
      .parameters = WithDefaults(CampaignParameters(),
                                 {{"every", 10 * kSecond}, {"addresses", 100}, {"passwords", 2}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> {
        return std::make_unique<MailFlooder>(values);
      }};
}

}  // namespace latchkey::lab

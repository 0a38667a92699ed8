#include "engine/lab/actors/thief.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Thief final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Login Next(World& world) override {
    Login login = Campaign::Next(world);
    if (stolen_.empty()) stolen_ = world.account(login.account).device_token;
    login.device_token = stolen_;
    return login;
  }

 private:
  std::string stolen_;
};

}  // namespace

ActorKind ThiefKind() {
  return {
      .name = "thief",
      .side = Side::kAttack,
      .about = "malware that has copied a device token of the victim and guesses with it",
      .parameters =
          WithDefaults(CampaignParameters(), {{"start", kHour}, {"every", kMinute}, {"passwords", 2}}),
      .make = [](const Values& values) -> std::unique_ptr<Actor> { return std::make_unique<Thief>(values); }};
}

}  // namespace latchkey::lab

#include "engine/lab/actors/forger.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Forger final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override {
    const uint32_t own = OwnAccount(world);
    Login login{.account = own, .password = world.account(own).password, .address = RentedAddress(77)};
    world.account(own).device_token = own_ = world.TryLogin(login).device_token;
  }
  Login Next(World& world) override {
    Login login = Campaign::Next(world);
    login.device_token = Forged(turns());
    login.recovery_token = login.device_token;
    return login;
  }

 private:
  std::string Forged(int64_t turn) {
    std::string token = own_;
    switch (turn % 4) {
      case 0:
        return token;  // of his own account
      case 1:
        token.resize(token.size() / 2);
        return token;
      case 2:
        if (!token.empty()) token[static_cast<size_t>(dice().Below(static_cast<int64_t>(token.size())))] ^= 1;
        return token;
      default:
        for (int i = 0; i < 48; ++i)
          token[static_cast<size_t>(i) % token.size()] = static_cast<char>(dice().Below(256));
        return token;
    }
  }
  std::string own_;
};

}  // namespace

ActorKind ForgerKind() {
  return {.name = "forger",
          .side = Side::kAttack,
          .about = "somebody who makes tokens up: noise, cut, flipped and of other accounts",
          .parameters = WithDefaults(CampaignParameters(), {{"every", 30 * kSecond}, {"passwords", 2}}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Forger>(values);
          }};
}

}  // namespace latchkey::lab

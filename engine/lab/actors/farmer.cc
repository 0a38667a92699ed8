#include "engine/lab/actors/farmer.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"farmed", Type::kNumber, 5, "how many accounts he signs up", 1, 1000}};

class Farmer final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override {
    for (int64_t i = 0; i < values().Count("farmed"); ++i) own_.push_back(OwnAccount(world));
    tokens_.resize(own_.size());
  }
  Login Next(World& world) override {
    const auto which = static_cast<size_t>(turns()) % own_.size();
    Login login = Campaign::Next(world);
    if (tokens_[which].empty()) {
      login.account = own_[which];
      login.password = world.account(own_[which]).password;
    } else {
      login.device_token = tokens_[which];
    }
    return login;
  }
  void Heard(World& /*world*/, const Login& login, const LoginAnswer& answer) override {
    for (size_t i = 0; i < own_.size(); ++i) {
      if (own_[i] == login.account && answer.right) tokens_[i] = answer.device_token;
    }
  }

 private:
  std::vector<uint32_t> own_;
  std::vector<std::string> tokens_;
};

}  // namespace

ActorKind FarmerKind() {
  return {
      .name = "farmer",
      .side = Side::kAttack,
      .about = "somebody who earns tokens and a familiar address of his own, and presents them to the victim",
      .parameters = WithDefaults(CampaignParameters(), {{"every", 30 * kSecond}, {"passwords", 2}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> {
        return std::make_unique<Farmer>(values);
      }};
}

}  // namespace latchkey::lab

#include "engine/lab/actors/rival.h"

#include <algorithm>

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr std::string_view kPlaces[] = {"home", "elsewhere"};
constexpr Parameter kMore[] = {
    {"as", Type::kNumber, 1, "whose place it is, by his number among the people", 0, 1e7},
    {"guilty", Type::kWord, 1, "he is behind it; no: somebody wants him named", 0, 1, kNoYes},
    {"place", Type::kWord, 0, "tries come from that person's home, or as `from` says", 0, 1, kPlaces},
    {"token", Type::kWord, 0, "tries carry the device token of that person's browser", 0, 1, kNoYes},
    {"login_before", Type::kTime, 4 * kMinute, "that person logs in at home so long before (0s: does not)"}};

enum Place { kHome = 0 };

class Rival final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  void Begin(World& world) override {
    if (values().Yes("guilty")) world.NoteGuilty(Whose());
  }
  void Turn(World& world) override {
    const Duration before = values().Time("login_before");
    if (!has_logged_in_ && before > Duration::zero()) {
      // His own login, as people do; the attack comes after it.
      has_logged_in_ = true;
      Account& own = world.account(Whose());
      const LoginAnswer answer = world.TryLogin({.account = Whose(),
                                                 .password = own.password,
                                                 .address = own.home,
                                                 .device_token = own.device_token});
      if (!answer.device_token.empty()) own.device_token = answer.device_token;
      return PlanTurn(world, world.now() + before);
    }
    Campaign::Turn(world);
  }
  Login Next(World& world) override {
    Login login = Campaign::Next(world);
    if (values().Yes("token")) login.device_token = world.account(Whose()).device_token;
    return login;
  }
  std::string NextAddress(World& world, uint32_t victim) override {
    if (static_cast<int>(values().Number("place")) == kHome) return world.account(Whose()).home;
    return Campaign::NextAddress(world, victim);
  }

 private:
  [[nodiscard]] uint32_t Whose() const { return static_cast<uint32_t>(values().Count("as")); }
  bool has_logged_in_ = false;
};

}  // namespace

ActorKind RivalKind() {
  return {
      .name = "rival",
      .side = Side::kAttack,
      .about = "somebody with a stake in the same auction fails logins on the victim, or is made to look so",
      .parameters = WithDefaults(CampaignParameters(), {{"passwords", 2}, {"every", 2 * kSecond}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> { return std::make_unique<Rival>(values); }};
}

}  // namespace latchkey::lab

#include "engine/lab/actors/monitors.h"

#include "engine/lab/world.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kOwn[] = {{"count", Type::kCount, 1, "how many, each with an account of its own", 1, 1e6},
                              {"start", Type::kTime, 0, "when they begin"},
                              {"every", Type::kTime, kMinute, "the pause between two tries", 1},
                              {"lasts", Type::kTime, 0, "for how long (0s: to the end)"}};

class Monitors final : public Actor {
 public:
  explicit Monitors(const Values& values) : values_(values) {}

  void Enter(World& world) override {
    Dice dice = world.DiceOf(*this);
    const auto count = static_cast<uint32_t>(values_.Count("count"));
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t account =
          world.AddAccount({.password = StrongPassword(i), .home = HomeAddress(900'000 + i)});
      world.Plan(
          world.start() + values_.Time("start") + dice.Between(Duration::zero(), values_.Time("every")),
          *this, 0, account);
    }
  }
  void Act(World& world, const Event& event) override {
    if (values_.Time("lasts") > Duration::zero() &&
        world.now() > world.start() + values_.Time("start") + values_.Time("lasts"))
      return;
    Login login{.account = event.which};
    login.password = StrongPassword((int64_t{1} << 37) + event.which);
    login.address = world.account(event.which).home;
    login.path = "api";
    login.shows_captcha = false;
    static_cast<void>(world.TryLogin(login));
    world.Plan(world.now() + values_.Time("every"), *this, 0, event.which);
  }

 private:
  const Values values_;
};

}  // namespace

ActorKind MonitorsKind() {
  return {.name = "monitors",
          .side = Side::kPeople,
          .about = "uptime monitors that log in with a wrong password to see that the page answers",
          .parameters = WithDefaults(kOwn, {}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Monitors>(values);
          }};
}

}  // namespace latchkey::lab

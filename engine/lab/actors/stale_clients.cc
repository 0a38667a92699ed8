#include "engine/lab/actors/stale_clients.h"

#include "engine/lab/world.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kOwn[] = {
    {"count", Type::kCount, 1, "how many; each belongs to one of the people named before", 1, 1e6},
    {"start", Type::kTime, 0, "when they begin"},
    {"every", Type::kTime, 5 * kMinute, "the pause between two tries", 1},
    {"lasts", Type::kTime, kDayLong, "for how long"}};

class StaleClients final : public Actor {
 public:
  explicit StaleClients(const Values& values) : values_(values) {}

  void Enter(World& world) override {
    Dice dice = world.DiceOf(*this);
    const auto count = static_cast<uint32_t>(values_.Count("count"));
    for (uint32_t i = 0; i < count; ++i) {
      if (i >= world.accounts().size()) return;
      world.Plan(
          world.start() + values_.Time("start") + dice.Between(Duration::zero(), values_.Time("every")),
          *this, 0, i);
    }
  }
  void Act(World& world, const Event& event) override {
    if (values_.Time("lasts") > Duration::zero() &&
        world.now() > world.start() + values_.Time("start") + values_.Time("lasts"))
      return;
    Login login{.account = event.which};
    login.password = StrongPassword((int64_t{1} << 37) + event.which);
    login.address = world.account(event.which).home;
    login.path = "imap";
    login.shows_captcha = false;
    static_cast<void>(world.TryLogin(login));
    world.Plan(world.now() + values_.Time("every"), *this, 0, event.which);
  }

 private:
  const Values values_;
};

}  // namespace

ActorKind StaleClientsKind() {
  return {.name = "stale_clients",
          .side = Side::kPeople,
          .about = "mail programs that go on with an old password, from the homes of the first people",
          .parameters = WithDefaults(kOwn, {}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<StaleClients>(values);
          }};
}

}  // namespace latchkey::lab

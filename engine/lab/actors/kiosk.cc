#include "engine/lab/actors/kiosk.h"

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"wiped", Type::kShare, 0.1, "the share of logins that find the browser without its cookies", 0, 1}};

class Kiosk final : public People {
 public:
  using People::People;

 protected:
  std::string HomeOf(World& world, uint32_t number) override {
    if (number == 0) first_ = static_cast<uint32_t>(world.accounts().size());
    return HomeAddress(first_);
  }
  std::string AddressOf(World& /*world*/, const Person& person, Session& /*session*/) override {
    return person.home;
  }
  bool UsesUsualBrowser(World& /*world*/, const Person& /*person*/, Session& session) override {
    return !session.dice.Chance(values().Number("wiped"));
  }

 private:
  uint32_t first_ = 0;
};

}  // namespace

ActorKind KioskKind() {
  return {
      .name = "kiosk",
      .side = Side::kPeople,
      .about = "shift workers at one machine: one browser and one address for all of them",
      .parameters = WithDefaults(PeopleParameters(), {{"count", 50}, {"logins_per_day", 3}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> { return std::make_unique<Kiosk>(values); }};
}

}  // namespace latchkey::lab

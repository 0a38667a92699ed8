#include "engine/lab/actors/travellers.h"

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"leave", Type::kTime, kDayLong, "when they leave"}};

class Travellers final : public People {
 public:
  using People::People;

 protected:
  bool UsesUsualBrowser(World& world, const Person& person, Session& session) override {
    if (!Away(world)) return People::UsesUsualBrowser(world, person, session);
    return true;  // the phone is with them
  }
  void Prepare(World& world, Person& person, Session& session) override {
    if (!Away(world) || person.new_device) return;
    person.new_device = true;
    world.account(person.account).device_token.clear();
    session.login.device_token.clear();
    session.note.known = session.compared = false;
  }
  std::string AddressOf(World& world, const Person& person, Session& session) override {
    return Away(world) ? AwayAddress(session.dice) : People::AddressOf(world, person, session);
  }

 private:
  [[nodiscard]] bool Away(const World& world) const {
    return world.now() >= world.start() + values().Time("leave");
  }
};

}  // namespace

ActorKind TravellersKind() {
  return {.name = "travellers",
          .side = Side::kPeople,
          .about = "people who leave for another country with a new phone",
          .parameters = WithDefaults(PeopleParameters(), {}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Travellers>(values);
          }};
}

}  // namespace latchkey::lab

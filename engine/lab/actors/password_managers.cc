#include "engine/lab/actors/password_managers.h"

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"stale", Type::kShare, 0.2, "the share of logins in which the manager holds an old password", 0, 1},
    {"storm", Type::kNumber, 10, "how often it sends it, a second apart", 1, 1000}};

class PasswordManagers final : public People {
 public:
  using People::People;

 protected:
  void Prepare(World& /*world*/, Person& person, Session& session) override {
    if (!session.dice.Chance(values().Number("stale"))) return;
    session.storm = static_cast<int>(values().Count("storm"));
    session.last_wrong = StrongPassword((int64_t{1} << 34) + person.account);
  }
  bool Mistypes(World& world, const Person& person, Session& session) override {
    // Once seen, the old password is typed over as any other.
    const bool seen = session.storm == 0 && session.note.wrong > 0 && session.forgotten == 0;
    return session.storm > 0 ||
           (seen ? session.dice.Chance(values().Number("typo")) : People::Mistypes(world, person, session));
  }
  Duration Retype(Session& session) override {
    if (session.storm > 0 && --session.storm > 0) {
      session.typed = true;  // the very same password
      return std::chrono::seconds(1);
    }
    return People::Retype(session);
  }
};

}  // namespace

ActorKind PasswordManagersKind() {
  return {.name = "password_managers",
          .side = Side::kPeople,
          .about = "people whose password manager sends an old password again and again before they notice",
          .parameters = WithDefaults(PeopleParameters(), {}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<PasswordManagers>(values);
          }};
}

}  // namespace latchkey::lab

#include "engine/lab/actors/family.h"

#include <algorithm>

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"members", Type::kNumber, 4, "how many people a family has", 1, 20}};

class Family final : public People {
 public:
  using People::People;

 protected:
  std::string HomeOf(World& world, uint32_t number) override {
    if (number == 0) first_ = static_cast<uint32_t>(world.accounts().size());
    return HomeAddress(first_ + number / Members());
  }
  void TakeNeighbour(World& world, const Person& person, Login& login) override {
    const auto number = static_cast<uint32_t>(&person - persons().data());
    const uint32_t first = number / Members() * Members();
    const uint32_t size = std::min(Members(), static_cast<uint32_t>(persons().size()) - first);
    login.account = persons()[first + (number - first + 1) % size].account;
    // The browser holds a token for each of them.
    login.device_token = world.account(login.account).device_token;
  }

 private:
  [[nodiscard]] uint32_t Members() const { return static_cast<uint32_t>(values().Count("members")); }
  uint32_t first_ = 0;
};

}  // namespace

ActorKind FamilyKind() {
  return {
      .name = "family",
      .side = Side::kPeople,
      .about = "families with one browser: who is in a hurry types his own password into another's account",
      .parameters = WithDefaults(PeopleParameters(), {{"neighbour", 0.1}}, kMore),
      .make = [](const Values& values) -> std::unique_ptr<Actor> {
        return std::make_unique<Family>(values);
      }};
}

}  // namespace latchkey::lab

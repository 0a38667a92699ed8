#include "engine/lab/actors/office.h"

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"addresses", Type::kNumber, 1, "how many addresses they share", 1, 1000}};

class Office final : public People {
 public:
  using People::People;

 protected:
  std::string HomeOf(World& world, uint32_t number) override {
    if (number == 0) first_ = static_cast<uint32_t>(world.accounts().size());
    return HomeAddress(first_ + number % static_cast<uint32_t>(values().Count("addresses")));
  }

 private:
  uint32_t first_ = 0;
};

}  // namespace

ActorKind OfficeKind() {
  return {.name = "office",
          .side = Side::kPeople,
          .about = "many people behind one address, most of them coming at nine",
          .parameters = WithDefaults(PeopleParameters(), {{"peak", 9 * kHour}, {"count", 1000}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Office>(values);
          }};
}

}  // namespace latchkey::lab

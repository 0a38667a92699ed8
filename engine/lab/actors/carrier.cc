#include "engine/lab/actors/carrier.h"

#include "absl/strings/str_cat.h"
#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {{"addresses", Type::kNumber, 4, "how many addresses they share", 1, 250}};

class Carrier final : public People {
 public:
  using People::People;

 protected:
  std::string HomeOf(World& /*world*/, uint32_t number) override { return Shared(number); }
  std::string AddressOf(World& /*world*/, const Person& /*person*/, Session& session) override {
    return Shared(static_cast<uint32_t>(session.dice.Below(values().Count("addresses"))));
  }

 private:
  std::string Shared(uint32_t number) {
    return absl::StrCat("100.64.0.", 1 + number % static_cast<uint32_t>(values().Count("addresses")));
  }
};

}  // namespace

ActorKind CarrierKind() {
  return {.name = "carrier",
          .side = Side::kPeople,
          .about = "customers of a mobile network: each login from any of a few shared addresses",
          .parameters = WithDefaults(PeopleParameters(), {{"count", 1000}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Carrier>(values);
          }};
}

}  // namespace latchkey::lab

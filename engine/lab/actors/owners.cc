#include "engine/lab/actors/owners.h"

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

class Owners final : public People {
 public:
  using People::People;
};

}  // namespace

ActorKind OwnersKind() {
  return {.name = "owners",
          .side = Side::kPeople,
          .about = "people at home, each with an address and a usual browser",
          .parameters = WithDefaults(PeopleParameters(), {}),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Owners>(values);
          }};
}

}  // namespace latchkey::lab

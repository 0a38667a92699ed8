#include "engine/lab/actors/flooder.h"

#include "absl/strings/str_cat.h"
#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"look_every", Type::kNumber, 1000, "each such turn is a guess on the victim", 2, 1e9}};

class Flooder final : public Campaign {
 public:
  using Campaign::Campaign;

 protected:
  Login Next(World& world) override {
    // Now and then a look at whether the victim's counters are still there.
    Login login = Campaign::Next(world);
    if (turns() % values().Count("look_every") == 0) return login;
    login.name = absl::StrCat("nobody", world.NumberOf(*this), "-", turns());
    return login;
  }
};

}  // namespace

ActorKind FlooderKind() {
  return {.name = "flooder",
          .side = Side::kAttack,
          .about = "invented names and addresses without end, to fill the memory that counts",
          .parameters = WithDefaults(CampaignParameters(),
                                     {{"every", 100}, {"addresses", 1000000}, {"passwords", 2}}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Flooder>(values);
          }};
}

}  // namespace latchkey::lab

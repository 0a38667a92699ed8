#include "engine/lab/actors/pacer.h"

#include "engine/lab/campaign.h"

namespace latchkey::lab {
namespace {

class Pacer final : public Campaign {
 public:
  using Campaign::Campaign;
};

}  // namespace

ActorKind PacerKind() {
  return {
      .name = "pacer",
      .side = Side::kAttack,
      .about = "a patient guesser who stays right below every limit, for ever",
      .parameters = WithDefaults(CampaignParameters(),
                                 {{"pace", 1}, {"addresses", 50}, {"every", 30 * kSecond}, {"passwords", 2}}),
      .make = [](const Values& values) -> std::unique_ptr<Actor> { return std::make_unique<Pacer>(values); }};
}

}  // namespace latchkey::lab

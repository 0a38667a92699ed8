// The story, played once: an auction, a rival who attacks the highest bidder's account, and the bidder who
// wants in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/demo/auction_house.h"
#include "cli/demo/narrator.h"
#include "latchkey/v1/common.pb.h"
#include "latchkey/v1/incidents.pb.h"
#include "latchkey/v1/workflow.pb.h"

namespace latchkey::demo {

// Measured from the service's answers; nothing here is assumed.
struct RoundResult {
  bool bid_stands = false;
  std::string winner;
  v1::Action owner_known_device = v1::ACTION_UNSPECIFIED;
  v1::Action owner_new_device_before_challenge = v1::ACTION_UNSPECIFIED;
  v1::Action owner_new_device = v1::ACTION_UNSPECIFIED;
  int64_t attacker_attempts = 0;
  int64_t attacker_guesses_verified = 0;
  v1::Action attacker_last_action = v1::ACTION_UNSPECIFIED;
  std::optional<v1::Incident> incident;  // with the default policy, where the shop watches
  std::optional<v1::Standing> standing;  // of alice, as the shop heard of it
  int64_t changes_heard = 0;
  double seconds = 0;
};

// Plays it on the latchkeyd at `latchkey`, which has seen nobody yet.
[[nodiscard]] absl::StatusOr<RoundResult> PlayRound(const std::shared_ptr<grpc::Channel>& latchkey,
                                                    CommitmentRule rule, Narrator& narrator);

}  // namespace latchkey::demo

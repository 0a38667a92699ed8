#include "cli/demo/auction_house.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/demo/calls.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {
namespace {

constexpr char kAuction[] = "auction-17";

std::string StateWord(const v1::Standing& standing) {
  switch (standing.state()) {
    case v1::STANDING_STATE_SUSPECTED:
      return "suspected";
    case v1::STANDING_STATE_UNDER_ATTACK:
      return "under attack";
    case v1::STANDING_STATE_COMPROMISED:
      return "compromised";
    default:
      return "good";
  }
}

}  // namespace

AuctionHouse::AuctionHouse(const std::shared_ptr<grpc::Channel>& latchkey, CommitmentRule rule,
                           absl::Time closing, Narrator& narrator)
    : latchkey_(v1::WorkflowsService::NewStub(latchkey)),
      rule_(rule),
      closing_(closing),
      narrator_(narrator) {}

absl::Status AuctionHouse::Place(const std::string& account, int amount) {
  if (rule_ == CommitmentRule::kAskStanding) {
    v1::RegisterStakeRequest stake;
    stake.set_account(account);
    stake.set_workflow(kAuction);
    stake.set_name(absl::StrCat("bid-of-", amount));
    stake.mutable_end_time()->set_seconds(absl::ToUnixSeconds(closing_) + 1);
    LATCHKEY_RETURN_IF_ERROR(Call(*latchkey_, &v1::WorkflowsService::Stub::RegisterStake, stake).status());
  }
  const std::lock_guard lock(mutex_);
  bids_.push_back({account, amount});
  return absl::OkStatus();
}

void AuctionHouse::OnAccountLocked(const std::string& account) {
  if (rule_ == CommitmentRule::kVoidWhenLocked) Void(account, "the account is locked");
}

absl::StatusOr<std::string> AuctionHouse::Close() {
  std::vector<Bid> bids;
  {
    const std::lock_guard lock(mutex_);
    bids = bids_;
  }
  for (const Bid& bid : bids) {
    if (rule_ != CommitmentRule::kAskStanding) continue;
    LATCHKEY_ASSIGN_OR_RETURN(const auto standing, StandingOf(bid.account));
    narrator_.Say("shop", absl::StrCat("Latchkey says of ", bid.account, ": ", StateWord(standing),
                                       standing.keep_commitments() ? ", keep commitments" : ""));
    if (!standing.keep_commitments()) Void(bid.account, standing.reason());
  }
  const std::lock_guard lock(mutex_);
  const Bid* best = nullptr;
  for (const Bid& bid : bids_) {
    if (bid.stands && (best == nullptr || bid.amount > best->amount)) best = &bid;
  }
  return best == nullptr ? "nobody" : best->account;
}

bool AuctionHouse::Stands(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(bids_.begin(), bids_.end(),
                     [&](const Bid& bid) { return bid.account == account && bid.stands; });
}

absl::StatusOr<v1::Standing> AuctionHouse::StandingOf(const std::string& account) {
  v1::GetStandingRequest request;
  request.set_account(account);
  LATCHKEY_ASSIGN_OR_RETURN(auto answer, Call(*latchkey_, &v1::WorkflowsService::Stub::GetStanding, request));
  return answer.standing();
}

void AuctionHouse::Void(const std::string& account, const std::string& why) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    for (Bid& bid : bids_) {
      if (bid.account != account || !bid.stands) continue;
      bid.stands = false;
      changed = true;
    }
  }
  if (changed) narrator_.Say("shop", absl::StrCat("voids the bid of ", account, ": ", why));
}

}  // namespace latchkey::demo

#include "cli/demo/auction_house.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/demo/calls.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {
namespace {

constexpr char kAuction[] = "auction-17";
constexpr absl::Duration kWatchPatience = absl::Seconds(10);

// "alice under attack since 12:03:07Z (lockout-sabotage), keep commitments"
std::string StandingText(const v1::Standing& standing) {
  std::string text =
      absl::StrCat(standing.account(), " ", absl::StrReplaceAll(cli::Word(standing.state()), {{"-", " "}}));
  if (standing.state() != v1::STANDING_STATE_GOOD) {
    absl::StrAppend(&text, " since ",
                    absl::FormatTime("%H:%M:%SZ", cli::ToTime(standing.start_time()), absl::UTCTimeZone()));
  }
  if (!standing.cause().empty()) absl::StrAppend(&text, " (", standing.cause(), ")");
  return absl::StrCat(text, standing.keep_commitments() ? ", keep commitments" : ", give them up");
}

}  // namespace

AuctionHouse::AuctionHouse(const std::shared_ptr<grpc::Channel>& latchkey, CommitmentRule rule,
                           absl::Time closing, Narrator& narrator)
    : channel_(latchkey),
      latchkey_(v1::WorkflowsService::NewStub(latchkey)),
      rule_(rule),
      closing_(closing),
      narrator_(narrator) {}

absl::Status AuctionHouse::Open() {
  if (rule_ != CommitmentRule::kWatchStandings) return absl::OkStatus();
  watch_ = std::make_unique<StandingsWatch>(channel_, kAuction,
                                            [this](const v1::Standing& standing) { Hear(standing); });
  return watch_->AwaitBegin(kWatchPatience);
}

absl::Status AuctionHouse::Place(const std::string& account, int amount) {
  if (watch_ != nullptr) {
    v1::RegisterStakeRequest stake;
    stake.set_account(account);
    stake.set_workflow(kAuction);
    stake.set_name(absl::StrCat("bid-of-", amount));
    stake.mutable_end_time()->set_seconds(absl::ToUnixSeconds(closing_) + 1);
    stake.set_on_lock(v1::ON_LOCK_ASK);
    LATCHKEY_ASSIGN_OR_RETURN(const auto answer,
                              Call(*latchkey_, &v1::WorkflowsService::Stub::RegisterStake, stake));
    watch_->Know(answer.standing());
  }
  const std::lock_guard lock(mutex_);
  bids_.push_back({account, amount});
  return absl::OkStatus();
}

void AuctionHouse::OnAccountLocked(const std::string& account) {
  if (rule_ == CommitmentRule::kVoidWhenLocked) Void(account, "the account is locked");
}

void AuctionHouse::Hear(const v1::Standing& standing) {
  const std::string text = StandingText(standing);
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(told_[standing.account()], text) == text) return;  // more of the same is no news
  }
  narrator_.Say("shop", absl::StrCat("hears from Latchkey: ", text));
}

absl::StatusOr<v1::Standing> AuctionHouse::AwaitAttackOn(const std::string& account,
                                                         absl::Duration patience) {
  return watch_->Await(account, v1::STANDING_STATE_UNDER_ATTACK, patience);
}

int64_t AuctionHouse::changes_heard() const { return watch_ == nullptr ? 0 : watch_->changes(); }

absl::StatusOr<std::string> AuctionHouse::Close() {
  std::vector<Bid> bids;
  {
    const std::lock_guard lock(mutex_);
    bids = bids_;
  }
  for (const Bid& bid : bids) {
    if (watch_ == nullptr) continue;
    LATCHKEY_ASSIGN_OR_RETURN(const auto standing, StandingOf(bid.account));
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
  if (const std::optional<v1::Standing> watched = watch_->Latest(account)) {
    narrator_.Say("shop", absl::StrCat("the auction watched: ", StandingText(*watched)));
    return *watched;
  }
  v1::GetStandingRequest request;
  request.set_account(account);
  LATCHKEY_ASSIGN_OR_RETURN(auto answer, Call(*latchkey_, &v1::WorkflowsService::Stub::GetStanding, request));
  narrator_.Say("shop",
                absl::StrCat("the auction could not watch and asked: ", StandingText(answer.standing())));
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

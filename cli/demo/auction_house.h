// The auction service of the story: takes bids, and decides what becomes of them when a bidder is attacked.
//
// With kWatchStandings it is what a dependent workflow does with Latchkey, whole: watch, register what is at
// stake, decide by what was heard.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/demo/narrator.h"
#include "cli/demo/standings_watch.h"
#include "latchkey/v1/workflow.grpc.pb.h"

namespace latchkey::demo {

struct Bid {
  std::string account;
  int amount = 0;
  bool stands = true;
};

// How an auction house treats bids of accounts that somebody attacks.
enum class CommitmentRule {
  kVoidWhenLocked,  // "a locked account cannot pay": the naive shop
  kWatchStandings,  // registers what is at stake, and hears from Latchkey what becomes of its bidders
};

// Thread-safe.
class AuctionHouse {
 public:
  AuctionHouse(const std::shared_ptr<grpc::Channel>& latchkey, CommitmentRule rule, absl::Time closing,
               Narrator& narrator);

  // Before the first bid: what happens to bidders is heard from here on.
  absl::Status Open();
  absl::Status Place(const std::string& account, int amount);
  // Somebody tells that an account is locked.
  void OnAccountLocked(const std::string& account);
  // Waits until it has heard that somebody attacks a bidder, and answers how the bidder stands.
  absl::StatusOr<v1::Standing> AwaitAttackOn(const std::string& account, absl::Duration patience);
  // Looks at every bid a last time and answers who wins, or nobody.
  absl::StatusOr<std::string> Close();
  // How many changes of standings it has heard of.
  [[nodiscard]] int64_t changes_heard() const;
  [[nodiscard]] bool Stands(const std::string& account) const;

 private:
  void Hear(const v1::Standing& standing);
  // As it was watched, or asked for where it could not be watched.
  absl::StatusOr<v1::Standing> StandingOf(const std::string& account);
  void Void(const std::string& account, const std::string& why);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::WorkflowsService::Stub> latchkey_;
  const CommitmentRule rule_;
  const absl::Time closing_;
  Narrator& narrator_;
  mutable std::mutex mutex_;
  std::vector<Bid> bids_;
  std::map<std::string, std::string> told_;  // by account: what was told of it last
  std::unique_ptr<StandingsWatch> watch_;    // last: it calls Hear
};

}  // namespace latchkey::demo

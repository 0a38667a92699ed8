// The auction service of the story: takes bids, and decides what becomes of them when a bidder is attacked.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/demo/narrator.h"
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
  kAskStanding,     // registers what is at stake and asks Latchkey for evidence
};

// Thread-safe.
class AuctionHouse {
 public:
  AuctionHouse(const std::shared_ptr<grpc::Channel>& latchkey, CommitmentRule rule, absl::Time closing,
               Narrator& narrator);

  absl::Status Place(const std::string& account, int amount);
  // Somebody tells that an account is locked.
  void OnAccountLocked(const std::string& account);
  // Looks at every bid a last time and answers who wins, or nobody.
  absl::StatusOr<std::string> Close();
  [[nodiscard]] bool Stands(const std::string& account) const;

 private:
  absl::StatusOr<v1::Standing> StandingOf(const std::string& account);
  void Void(const std::string& account, const std::string& why);

  std::unique_ptr<v1::WorkflowsService::Stub> latchkey_;
  const CommitmentRule rule_;
  const absl::Time closing_;
  Narrator& narrator_;
  mutable std::mutex mutex_;
  std::vector<Bid> bids_;
};

}  // namespace latchkey::demo

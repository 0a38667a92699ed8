// What a dependent workflow hears of the accounts that it has something at stake for: standings, followed
// from before the first stake.
//
// It outlives broken streams: it goes on after the change that it heard last, so none is missed and none is
// taken twice. Where those changes are kept no longer it asks for each account that it knows, and begins
// anew.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "latchkey/v1/workflow.grpc.pb.h"

namespace latchkey::demo {

// Runs in a thread of its own from construction on. Thread-safe.
class StandingsWatch {
 public:
  // Called on the watch's thread, once for each change, in the order in which they happened.
  using Heard = std::function<void(const v1::Standing&)>;

  StandingsWatch(const std::shared_ptr<grpc::Channel>& latchkey, std::string workflow, Heard heard);
  ~StandingsWatch();
  StandingsWatch(const StandingsWatch&) = delete;
  StandingsWatch& operator=(const StandingsWatch&) = delete;

  // Waits until the stream has begun: what changes from then on is heard.
  [[nodiscard]] absl::Status AwaitBegin(absl::Duration patience);
  // How an account stood when its stake was registered: holds until a change is heard.
  void Know(const v1::Standing& standing);
  // Waits until an account, by what is known or heard of it, stands as `state`, and answers its standing.
  [[nodiscard]] absl::StatusOr<v1::Standing> Await(const std::string& account, v1::StandingState state,
                                                   absl::Duration patience);
  // The latest of an account. Nothing for one that is not known, and while the stream is broken: ask then.
  [[nodiscard]] std::optional<v1::Standing> Latest(const std::string& account) const;
  // How many changes were heard.
  [[nodiscard]] int64_t changes() const;

 private:
  void Run();
  // One stream, until it breaks.
  absl::Status Follow();
  absl::Status Take(const v1::WatchStandingsResponse& change);
  // What may have changed while nobody could hear it.
  absl::Status AskForAll();
  [[nodiscard]] bool AwaitLocked(std::unique_lock<std::mutex>& lock, absl::Duration patience,
                                 const std::function<bool()>& done);

  const std::unique_ptr<v1::WorkflowsService::Stub> latchkey_;
  const std::string workflow_;
  const Heard heard_;

  // The thread's own.
  std::string cursor_;
  int64_t sequence_ = 0;
  bool ask_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool following_ = false;  // this stream has brought something
  grpc::ClientContext* context_ = nullptr;
  absl::Status failed_;  // it is of no use to try again
  int64_t changes_ = 0;
  std::map<std::string, v1::Standing> latest_;  // by account
  std::thread thread_;                          // last: it uses all the others
};

}  // namespace latchkey::demo

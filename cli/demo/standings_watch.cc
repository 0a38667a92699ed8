#include "cli/demo/standings_watch.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/demo/calls.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {
namespace {

constexpr absl::Duration kRest = absl::Milliseconds(100);  // before a broken stream is opened again

// Another try would be answered the same.
bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnauthenticated(status) || absl::IsUnimplemented(status);
}

}  // namespace

StandingsWatch::StandingsWatch(const std::shared_ptr<grpc::Channel>& latchkey, std::string workflow,
                               Heard heard)
    : latchkey_(v1::WorkflowsService::NewStub(latchkey)),
      workflow_(std::move(workflow)),
      heard_(std::move(heard)),
      thread_([this] { Run(); }) {}

StandingsWatch::~StandingsWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  changed_.notify_all();
  thread_.join();
}

absl::Status StandingsWatch::AwaitBegin(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  if (AwaitLocked(lock, patience, [this] { return following_; })) return absl::OkStatus();
  if (!failed_.ok()) return failed_;
  return absl::DeadlineExceededError("the standings could not be watched in time");
}

void StandingsWatch::Know(const v1::Standing& standing) {
  const std::lock_guard lock(mutex_);
  latest_.try_emplace(standing.account(), standing);  // what was heard is later than the registering
}

absl::StatusOr<v1::Standing> StandingsWatch::Await(const std::string& account, v1::StandingState state,
                                                   absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const auto stands = [&] {
    const auto found = latest_.find(account);
    return found != latest_.end() && found->second.state() == state;
  };
  if (AwaitLocked(lock, patience, stands)) return latest_.at(account);
  if (!failed_.ok()) return failed_;
  return absl::DeadlineExceededError(
      absl::StrCat("nothing was heard of ", account, " within ", absl::FormatDuration(patience)));
}

std::optional<v1::Standing> StandingsWatch::Latest(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = latest_.find(account);
  if (!following_ || found == latest_.end()) return std::nullopt;
  return found->second;
}

int64_t StandingsWatch::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

bool StandingsWatch::AwaitLocked(std::unique_lock<std::mutex>& lock, absl::Duration patience,
                                 const std::function<bool()>& done) {
  changed_.wait_for(lock, absl::ToChronoMilliseconds(patience), [&] { return done() || !failed_.ok(); });
  return done();
}

void StandingsWatch::Run() {
  while (true) {
    const absl::Status status = Follow();
    if (absl::IsOutOfRange(status)) {
      cursor_.clear();
      sequence_ = 0;
      ask_ = true;
    }
    std::unique_lock lock(mutex_);
    if (IsFinal(status)) {
      failed_ = status;
      changed_.notify_all();
      return;
    }
    if (changed_.wait_for(lock, absl::ToChronoMilliseconds(kRest), [this] { return stop_; })) return;
  }
}

absl::Status StandingsWatch::Follow() {
  grpc::ClientContext context;
  {
    const std::lock_guard lock(mutex_);
    if (stop_) return absl::CancelledError("stopped");
    context_ = &context;
  }
  v1::WatchStandingsRequest request;
  request.set_workflow(workflow_);
  request.set_cursor(cursor_);
  const auto reader = latchkey_->WatchStandings(&context, request);
  absl::Status taken;
  for (v1::WatchStandingsResponse change; taken.ok() && reader->Read(&change);) taken = Take(change);
  if (!taken.ok()) context.TryCancel();
  const grpc::Status status = reader->Finish();
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  following_ = false;
  if (!taken.ok()) return taken;
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

absl::Status StandingsWatch::Take(const v1::WatchStandingsResponse& change) {
  if (std::exchange(ask_, false)) {
    if (absl::Status status = AskForAll(); !status.ok()) {
      ask_ = true;
      return status;
    }
  }
  cursor_ = change.cursor();
  const bool news = change.has_standing() && change.sequence() > sequence_;
  if (news) sequence_ = change.sequence();
  if (news) heard_(change.standing());
  {
    const std::lock_guard lock(mutex_);
    following_ = true;
    if (news) {
      ++changes_;
      latest_[change.standing().account()] = change.standing();
    }
  }
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status StandingsWatch::AskForAll() {
  std::vector<std::string> accounts;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [account, standing] : latest_) accounts.push_back(account);
  }
  for (const std::string& account : accounts) {
    v1::GetStandingRequest request;
    request.set_account(account);
    LATCHKEY_ASSIGN_OR_RETURN(const auto answer,
                              Call(*latchkey_, &v1::WorkflowsService::Stub::GetStanding, request));
    const std::lock_guard lock(mutex_);
    latest_[account] = answer.standing();
  }
  return absl::OkStatus();
}

}  // namespace latchkey::demo

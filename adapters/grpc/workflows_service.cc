#include "adapters/grpc/workflows_service.h"

#include "adapters/grpc/follow_reactor.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "adapters/grpc/workflow_codec.h"
#include "engine/attempt/attempt.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kWorkflowMax = 64;
constexpr size_t kNameBytesMax = 64;
constexpr size_t kReasonMax = 256;
constexpr size_t kStandingsAtATime = 64;

using StandingsReactor = FollowReactor<v1::WatchStandingsResponse>;

// The account that a request names, checked; the views are into the request.
template <typename Request>
absl::StatusOr<StandingSubject> SubjectOf(const Request& request, const KeyMaker& keys) {
  const std::string_view tenant = request.tenant().empty() ? std::string_view("default") : request.tenant();
  LATCHKEY_RETURN_IF_ERROR(CheckName("tenant", tenant));
  LATCHKEY_RETURN_IF_ERROR(CheckAccount(request.account()));
  return StandingSubject{keys.Account(tenant, request.account()), tenant, request.account()};
}

// Follows the changes of standings of accounts in which one caller has a stake.
class StandingFollower {
 public:
  StandingFollower(std::string caller, std::string workflow, std::string cursor, Stakes& stakes,
                   Standings& standings, const Clock& clock)
      : caller_(std::move(caller)),
        workflow_(std::move(workflow)),
        cursor_(std::move(cursor)),
        stakes_(stakes),
        standings_(standings),
        clock_(clock) {}

  absl::StatusOr<bool> Read(v1::WatchStandingsResponse& out) {
    const TimePoint now = clock_.Now();
    if (cursor_.empty()) {  // From now: the first message is only where to go on from.
      cursor_ = standings_.Cursor(now);
      out.set_cursor(cursor_);
      return true;
    }
    while (true) {
      LATCHKEY_ASSIGN_OR_RETURN(auto changes, standings_.ChangesAfter(cursor_, kStandingsAtATime, now));
      if (changes.standings.empty()) return false;
      for (size_t i = 0; i < changes.standings.size(); ++i) {
        cursor_ = changes.cursors[i];
        if (!stakes_.Has(caller_, workflow_, changes.standings[i].account_key, now)) continue;
        out.set_cursor(cursor_);
        Encode(changes.standings[i], out.mutable_standing());
        return true;
      }
    }
  }

 private:
  const std::string caller_;
  const std::string workflow_;
  std::string cursor_;
  Stakes& stakes_;
  Standings& standings_;
  const Clock& clock_;
};

}  // namespace

grpc::ServerUnaryReactor* WorkflowsService::RegisterStake(grpc::CallbackServerContext* context,
                                                          const v1::RegisterStakeRequest* request,
                                                          v1::RegisterStakeResponse* response) {
  return AnswerNow(context, auth_, Method::kRegisterStake, [&](const Caller& caller) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(*request, keys_));
    LATCHKEY_RETURN_IF_ERROR(CheckText("workflow", request->workflow(), 1, kWorkflowMax));
    LATCHKEY_RETURN_IF_ERROR(CheckText("name", request->name(), 0, kNameBytesMax));
    if (!request->has_end_time()) return WrongField("end_time", "is required");
    LATCHKEY_ASSIGN_OR_RETURN(const TimePoint end, DecodeTime("end_time", request->end_time()));
    const TimePoint now = clock_.Now();
    LATCHKEY_ASSIGN_OR_RETURN(
        const Stake stake,
        stakes_.Register({"", caller.name, subject.key, std::string(subject.tenant),
                          std::string(subject.account), request->workflow(), request->name(), end, now},
                         now));
    Encode(stake, response->mutable_stake());
    Encode(standings_.Get(subject, now), response->mutable_standing());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::ExtendStake(grpc::CallbackServerContext* context,
                                                        const v1::ExtendStakeRequest* request,
                                                        v1::ExtendStakeResponse* response) {
  return AnswerNow(context, auth_, Method::kExtendStake, [&](const Caller& caller) -> absl::Status {
    if (!request->has_end_time()) return WrongField("end_time", "is required");
    LATCHKEY_ASSIGN_OR_RETURN(const TimePoint end, DecodeTime("end_time", request->end_time()));
    LATCHKEY_ASSIGN_OR_RETURN(const Stake stake,
                              stakes_.Extend(caller.name, request->stake_id(), end, clock_.Now()));
    Encode(stake, response->mutable_stake());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::ReleaseStake(grpc::CallbackServerContext* context,
                                                         const v1::ReleaseStakeRequest* request,
                                                         v1::ReleaseStakeResponse* response) {
  return AnswerNow(context, auth_, Method::kReleaseStake, [&](const Caller& caller) -> absl::Status {
    response->set_released(stakes_.Release(caller.name, request->stake_id(), clock_.Now()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::ListStakes(grpc::CallbackServerContext* context,
                                                       const v1::ListStakesRequest* request,
                                                       v1::ListStakesResponse* response) {
  return AnswerNow(context, auth_, Method::kListStakes, [&](const Caller& caller) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const size_t page_size, DecodePageSize(request->page_size(), 50, 100));
    LATCHKEY_ASSIGN_OR_RETURN(auto page, stakes_.List(caller.name, request->workflow(), page_size,
                                                      request->page_token(), clock_.Now()));
    for (const Stake& stake : page.stakes) Encode(stake, response->add_stakes());
    response->set_next_page_token(std::move(page.next_page_token));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::GetStanding(grpc::CallbackServerContext* context,
                                                        const v1::GetStandingRequest* request,
                                                        v1::GetStandingResponse* response) {
  return AnswerNow(context, auth_, Method::kGetStanding, [&](const Caller& /*caller*/) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(*request, keys_));
    Encode(standings_.Get(subject, clock_.Now()), response->mutable_standing());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::SetStanding(grpc::CallbackServerContext* context,
                                                        const v1::SetStandingRequest* request,
                                                        v1::SetStandingResponse* response) {
  return AnswerNow(context, auth_, Method::kSetStanding, [&](const Caller& caller) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(*request, keys_));
    LATCHKEY_ASSIGN_OR_RETURN(const StandingState state, DecodeSettableState(request->state()));
    LATCHKEY_RETURN_IF_ERROR(CheckText("reason", request->reason(), 1, kReasonMax));
    LATCHKEY_ASSIGN_OR_RETURN(const Standing standing,
                              standings_.Set(subject, state, caller.name, request->reason(), clock_.Now()));
    Encode(standing, response->mutable_standing());
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::WatchStandingsResponse>* WorkflowsService::WatchStandings(
    grpc::CallbackServerContext* context, const v1::WatchStandingsRequest* request) {
  const auto caller = auth_.Authorize(*context, Method::kWatchStandings);
  if (!caller.ok()) return StandingsReactor::Refuse(caller.status());
  auto follower = std::make_shared<StandingFollower>((*caller)->name, request->workflow(), request->cursor(),
                                                     stakes_, standings_, clock_);
  return StandingsReactor::Start(
      [follower](v1::WatchStandingsResponse& out) { return follower->Read(out); },
      [this](std::function<void()> wake) { return standings_.Follow(std::move(wake)); }, drain_);
}

}  // namespace latchkey

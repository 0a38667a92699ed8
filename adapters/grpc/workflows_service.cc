#include "adapters/grpc/workflows_service.h"

#include <algorithm>
#include <optional>

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

// Which changes of standings one caller hears of.
struct Wanted {
  std::string caller;
  std::string workflow;        // empty: any
  std::optional<Key> account;  // nothing: any with a stake of the caller
};

// Follows the changes of standings of accounts in which one caller has a stake.
class StandingFollower {
 public:
  StandingFollower(Wanted wanted, std::string cursor, bool told, Stakes& stakes, const Standings& standings,
                   const Clock& clock)
      : wanted_(std::move(wanted)),
        cursor_(std::move(cursor)),
        told_(told),
        stakes_(stakes),
        standings_(standings),
        clock_(clock) {}

  absl::StatusOr<bool> Read(v1::WatchStandingsResponse& out) {
    if (!told_) {  // From now: the first message is only where to go on from.
      told_ = true;
      out.set_cursor(cursor_);
      return true;
    }
    const TimePoint now = clock_.Now();
    while (true) {
      LATCHKEY_ASSIGN_OR_RETURN(auto changes, standings_.ChangesAfter(cursor_, kStandingsAtATime));
      if (changes.cursor == cursor_) return false;
      for (size_t i = 0; i < changes.standings.size(); ++i) {
        if (!Wants(changes.standings[i].account_key, now)) continue;
        cursor_ = changes.cursors[i];
        out.set_cursor(cursor_);
        out.set_sequence(static_cast<int64_t>(changes.sequences[i]));
        Encode(changes.standings[i], out.mutable_standing());
        return true;
      }
      cursor_ = changes.cursor;
    }
  }

 private:
  [[nodiscard]] bool Wants(const Key& account, TimePoint now) const {
    if (wanted_.account && *wanted_.account != account) return false;
    return stakes_.Has(wanted_.caller, wanted_.workflow, account, now);
  }

  const Wanted wanted_;
  std::string cursor_;
  bool told_;
  Stakes& stakes_;
  const Standings& standings_;
  const Clock& clock_;
};

absl::StatusOr<Stake> DecodeStake(const v1::RegisterStakeRequest& request, const Caller& caller,
                                  const KeyMaker& keys) {
  LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(request, keys));
  LATCHKEY_RETURN_IF_ERROR(CheckText("workflow", request.workflow(), 1, kWorkflowMax));
  LATCHKEY_RETURN_IF_ERROR(CheckText("name", request.name(), 0, kNameBytesMax));
  if (!request.has_end_time()) return WrongField("end_time", "is required");
  Stake stake;
  LATCHKEY_ASSIGN_OR_RETURN(stake.end, DecodeTime("end_time", request.end_time()));
  LATCHKEY_ASSIGN_OR_RETURN(stake.on_lock, DecodeOnLock(request.on_lock()));
  stake.caller = caller.name;
  stake.account_key = subject.key;
  stake.tenant = std::string(subject.tenant);
  stake.account = std::string(subject.account);
  stake.workflow = request.workflow();
  stake.name = request.name();
  return stake;
}

}  // namespace

grpc::ServerUnaryReactor* WorkflowsService::RegisterStake(grpc::CallbackServerContext* context,
                                                          const v1::RegisterStakeRequest* request,
                                                          v1::RegisterStakeResponse* response) {
  return AnswerLater(
      context, parts_.auth, Method::kRegisterStake,
      [&](const std::shared_ptr<const Caller>& caller, Duration /*left*/, Finisher finish) {
        absl::StatusOr<Stake> stake = DecodeStake(*request, *caller, parts_.keys);
        if (!stake.ok()) return finish(stake.status());
        parts_.stake_book.Register(
            *std::move(stake), parts_.clock.Now(),
            [this, finish, response](const absl::StatusOr<Stake>& registered) {
              if (!registered.ok()) return finish(registered.status());
              Encode(*registered, response->mutable_stake());
              Encode(parts_.standings.Get({registered->account_key, registered->tenant, registered->account},
                                          parts_.clock.Now()),
                     response->mutable_standing());
              finish(absl::OkStatus());
            });
      });
}

grpc::ServerUnaryReactor* WorkflowsService::ExtendStake(grpc::CallbackServerContext* context,
                                                        const v1::ExtendStakeRequest* request,
                                                        v1::ExtendStakeResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kExtendStake,
                     [&](const std::shared_ptr<const Caller>& caller, Duration /*left*/, Finisher finish) {
                       if (!request->has_end_time()) return finish(WrongField("end_time", "is required"));
                       const absl::StatusOr<TimePoint> end = DecodeTime("end_time", request->end_time());
                       if (!end.ok()) return finish(end.status());
                       parts_.stake_book.Extend(caller->name, request->stake_id(), *end, parts_.clock.Now(),
                                                [finish, response](const absl::StatusOr<Stake>& stake) {
                                                  if (stake.ok()) Encode(*stake, response->mutable_stake());
                                                  finish(stake.status());
                                                });
                     });
}

grpc::ServerUnaryReactor* WorkflowsService::ReleaseStake(grpc::CallbackServerContext* context,
                                                         const v1::ReleaseStakeRequest* request,
                                                         v1::ReleaseStakeResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kReleaseStake,
                     [&](const std::shared_ptr<const Caller>& caller, Duration /*left*/, Finisher finish) {
                       parts_.stake_book.Release(caller->name, request->stake_id(), parts_.clock.Now(),
                                                 [finish, response](const absl::StatusOr<bool>& released) {
                                                   response->set_released(released.ok() && *released);
                                                   finish(released.status());
                                                 });
                     });
}

grpc::ServerUnaryReactor* WorkflowsService::ListStakes(grpc::CallbackServerContext* context,
                                                       const v1::ListStakesRequest* request,
                                                       v1::ListStakesResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListStakes, [&](const Caller& caller) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const size_t page_size, DecodePageSize(request->page_size(), 50, 100));
    LATCHKEY_ASSIGN_OR_RETURN(auto page, parts_.stakes.List(caller.name, request->workflow(), page_size,
                                                            request->page_token(), parts_.clock.Now()));
    for (const Stake& stake : page.stakes) Encode(stake, response->add_stakes());
    response->set_next_page_token(std::move(page.next_page_token));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::GetStanding(grpc::CallbackServerContext* context,
                                                        const v1::GetStandingRequest* request,
                                                        v1::GetStandingResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kGetStanding, [&](const Caller& /*caller*/) -> absl::Status {
    LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(*request, parts_.keys));
    Encode(parts_.standings.Get(subject, parts_.clock.Now()), response->mutable_standing());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkflowsService::SetStanding(grpc::CallbackServerContext* context,
                                                        const v1::SetStandingRequest* request,
                                                        v1::SetStandingResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kSetStanding,
                     [&](const std::shared_ptr<const Caller>& caller, Duration /*left*/, Finisher finish) {
                       const absl::StatusOr<StandingSubject> subject = SubjectOf(*request, parts_.keys);
                       if (!subject.ok()) return finish(subject.status());
                       const absl::StatusOr<StandingState> state = DecodeSettableState(request->state());
                       if (!state.ok()) return finish(state.status());
                       absl::Status reason = CheckText("reason", request->reason(), 1, kReasonMax);
                       if (!reason.ok()) return finish(reason);
                       parts_.standings.Set(*subject, *state, caller->name, request->reason(),
                                            parts_.clock.Now(),
                                            [finish, response](const absl::StatusOr<Standing>& standing) {
                                              if (standing.ok())
                                                Encode(*standing, response->mutable_standing());
                                              finish(standing.status());
                                            });
                     });
}

grpc::ServerWriteReactor<v1::WatchStandingsResponse>* WorkflowsService::WatchStandings(
    grpc::CallbackServerContext* context, const v1::WatchStandingsRequest* request) {
  const auto caller = parts_.auth.Authorize(*context, Method::kWatchStandings);
  if (!caller.ok()) return StandingsReactor::Refuse(caller.status());
  Wanted wanted{(*caller)->name, request->workflow(), std::nullopt};
  if (!request->account().empty()) {
    const absl::StatusOr<StandingSubject> subject = SubjectOf(*request, parts_.keys);
    if (!subject.ok()) return StandingsReactor::Refuse(subject.status());
    wanted.account = subject->key;
  }
  const absl::StatusOr<std::string> cursor =
      request->cursor().empty() ? parts_.standings.Cursor() : request->cursor();
  if (!cursor.ok()) return StandingsReactor::Refuse(cursor.status());
  auto follower =
      std::make_shared<StandingFollower>(std::move(wanted), *cursor, /*told=*/!request->cursor().empty(),
                                         parts_.stakes, parts_.standings, parts_.clock);
  return StandingsReactor::Start(
      WhileAllowed<v1::WatchStandingsResponse>(
          parts_.auth, *context, Method::kWatchStandings,
          [follower](v1::WatchStandingsResponse& out) { return follower->Read(out); }),
      [this](std::function<void()> wake) { return parts_.standings.Follow(std::move(wake)); }, parts_.drain);
}

grpc::ServerUnaryReactor* WorkflowsService::ListDependencies(grpc::CallbackServerContext* context,
                                                             const v1::ListDependenciesRequest* request,
                                                             v1::ListDependenciesResponse* response) {
  return AnswerNow(
      context, parts_.auth, Method::kListDependencies, [&](const Caller& /*caller*/) -> absl::Status {
        LATCHKEY_ASSIGN_OR_RETURN(const size_t begin, DecodeOffset(request->page_token()));
        LATCHKEY_ASSIGN_OR_RETURN(const size_t size, DecodePageSize(request->page_size(), 50, 100));
        std::optional<Key> account;
        if (!request->account().empty()) {
          LATCHKEY_ASSIGN_OR_RETURN(const StandingSubject subject, SubjectOf(*request, parts_.keys));
          account = subject.key;
        }
        const std::vector<Dependency> all =
            DependenciesOf(parts_.stakes, request->workflow(), account, parts_.clock.Now());
        const size_t end = std::min(begin + size, all.size());
        for (size_t i = begin; i < end; ++i) Encode(all[i], response->add_dependencies());
        if (end < all.size()) response->set_next_page_token(EncodeOffset(end));
        return absl::OkStatus();
      });
}

}  // namespace latchkey

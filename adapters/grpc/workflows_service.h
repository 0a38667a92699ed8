// WorkflowsService: dependent workflows say what is at stake, and learn evidence.
#pragma once

#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/base/clock.h"
#include "engine/workflow/stake_book.h"
#include "engine/workflow/standings.h"
#include "latchkey/v1/workflow.grpc.pb.h"

namespace latchkey {

// Thread-safe. All that is passed in outlives the service.
class WorkflowsService final : public v1::WorkflowsService::CallbackService {
 public:
  struct Parts {
    const CallerAuth& auth;
    const KeyMaker& keys;
    Stakes& stakes;
    StakeBook& stake_book;
    Standings& standings;
    const Clock& clock;
    DrainSignal& drain;
  };

  explicit WorkflowsService(Parts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* RegisterStake(grpc::CallbackServerContext* context,
                                          const v1::RegisterStakeRequest* request,
                                          v1::RegisterStakeResponse* response) override;
  grpc::ServerUnaryReactor* ExtendStake(grpc::CallbackServerContext* context,
                                        const v1::ExtendStakeRequest* request,
                                        v1::ExtendStakeResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseStake(grpc::CallbackServerContext* context,
                                         const v1::ReleaseStakeRequest* request,
                                         v1::ReleaseStakeResponse* response) override;
  grpc::ServerUnaryReactor* ListStakes(grpc::CallbackServerContext* context,
                                       const v1::ListStakesRequest* request,
                                       v1::ListStakesResponse* response) override;
  grpc::ServerUnaryReactor* GetStanding(grpc::CallbackServerContext* context,
                                        const v1::GetStandingRequest* request,
                                        v1::GetStandingResponse* response) override;
  grpc::ServerUnaryReactor* SetStanding(grpc::CallbackServerContext* context,
                                        const v1::SetStandingRequest* request,
                                        v1::SetStandingResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchStandingsResponse>* WatchStandings(
      grpc::CallbackServerContext* context, const v1::WatchStandingsRequest* request) override;
  grpc::ServerUnaryReactor* ListDependencies(grpc::CallbackServerContext* context,
                                             const v1::ListDependenciesRequest* request,
                                             v1::ListDependenciesResponse* response) override;

 private:
  Parts parts_;
};

}  // namespace latchkey

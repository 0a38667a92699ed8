// StatsService: counts, series, top lists, what is closed, one account explained, decisions live.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/drain_signal.h"
#include "adapters/grpc/guard_codec.h"
#include "engine/assess/account_view.h"
#include "engine/base/clock.h"
#include "engine/incident/incident_book.h"
#include "engine/policy/holder.h"
#include "engine/stats/cluster_stats.h"
#include "engine/store/store_health.h"
#include "latchkey/v1/stats.grpc.pb.h"

namespace latchkey {

// All of it outlives the service and its running calls.
struct StatsParts {
  const CallerAuth& auth;
  ClusterStats& stats;
  const AccountView& accounts;
  const PolicyHolder& policies;
  const Clock& clock;
  DrainSignal& drain;
  const StoreHealthSource* store_health = nullptr;  // null: nothing is said of the store
  ServedTenants tenants{};                          // empty: any
  // What is not closed, or nothing while that is not known; null: nothing is said of incidents.
  std::function<std::optional<std::vector<UnresolvedIncidents>>()> incidents{};
};

// Thread-safe.
class StatsService final : public v1::StatsService::CallbackService {
 public:
  explicit StatsService(StatsParts parts) : parts_(std::move(parts)) {}

  grpc::ServerUnaryReactor* GetSummary(grpc::CallbackServerContext* context,
                                       const v1::GetSummaryRequest* request,
                                       v1::GetSummaryResponse* response) override;
  grpc::ServerUnaryReactor* QueryTimeSeries(grpc::CallbackServerContext* context,
                                            const v1::QueryTimeSeriesRequest* request,
                                            v1::QueryTimeSeriesResponse* response) override;
  grpc::ServerUnaryReactor* ListTopAccounts(grpc::CallbackServerContext* context,
                                            const v1::ListTopAccountsRequest* request,
                                            v1::ListTopAccountsResponse* response) override;
  grpc::ServerUnaryReactor* ListTopSources(grpc::CallbackServerContext* context,
                                           const v1::ListTopSourcesRequest* request,
                                           v1::ListTopSourcesResponse* response) override;
  grpc::ServerUnaryReactor* ListTopNetworks(grpc::CallbackServerContext* context,
                                            const v1::ListTopNetworksRequest* request,
                                            v1::ListTopNetworksResponse* response) override;
  grpc::ServerUnaryReactor* ListTopAsns(grpc::CallbackServerContext* context,
                                        const v1::ListTopAsnsRequest* request,
                                        v1::ListTopAsnsResponse* response) override;
  grpc::ServerUnaryReactor* ListActiveRefusals(grpc::CallbackServerContext* context,
                                               const v1::ListActiveRefusalsRequest* request,
                                               v1::ListActiveRefusalsResponse* response) override;
  grpc::ServerUnaryReactor* DescribeAccount(grpc::CallbackServerContext* context,
                                            const v1::DescribeAccountRequest* request,
                                            v1::DescribeAccountResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* WatchDecisions(
      grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) override;

 private:
  const StatsParts parts_;
};

}  // namespace latchkey

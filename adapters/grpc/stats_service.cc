#include "adapters/grpc/stats_service.h"

#include <algorithm>

#include "adapters/grpc/follow_reactor.h"
#include "adapters/grpc/stats_codec.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kTopUsual = 20;
constexpr int kTopMost = 100;
constexpr size_t kDecisionsAtATime = 256;
constexpr int kBacklogMax = 1000;

using DecisionsReactor = FollowReactor<v1::WatchDecisionsResponse>;

// One page of a list; `put` puts an item into the response.
template <typename Request, typename Item, typename Response, typename Put>
absl::Status EncodePage(const Request& request, const std::vector<Item>& all, Response* response, Put put) {
  LATCHKEY_ASSIGN_OR_RETURN(const size_t begin, DecodeOffset(request.page_token()));
  LATCHKEY_ASSIGN_OR_RETURN(const size_t size, DecodePageSize(request.page_size(), kTopUsual, kTopMost));
  const size_t end = std::min(begin + size, all.size());
  for (size_t i = begin; i < end; ++i) put(all[i]);
  if (end < all.size()) response->set_next_page_token(EncodeOffset(end));
  return absl::OkStatus();
}

// One page of a top list; `add` makes room for an entry.
template <typename Request, typename Response, typename Add>
absl::Status EncodeTop(const Request& request, const ClusterStats::Top& top, Response* response, Add add) {
  response->set_node_count(top.nodes);
  response->set_unlisted_hits_max(top.list.unlisted_max);
  return EncodePage(request, top.list.entries, response,
                    [&](const TopEntry& entry) { Encode(entry, add()); });
}

// Follows decisions of some actions; no action: all.
class DecisionFollower {
 public:
  DecisionFollower(const DecisionStats& stats, const v1::WatchDecisionsRequest& request)
      : stats_(stats), actions_(request.actions().begin(), request.actions().end()) {
    const uint64_t last = stats.LastPosition();
    position_ = last - std::min(last, static_cast<uint64_t>(request.backlog()));
  }

  bool Read(v1::WatchDecisionsResponse& out) {
    while (true) {
      const DecisionStats::Page page = stats_.ReadAfter(position_, kDecisionsAtATime);
      position_ = page.position;
      out.set_dropped(out.dropped() + static_cast<int64_t>(page.missed));
      for (const DecisionEvent& event : page.items) {
        out.set_dropped(out.dropped() + static_cast<int64_t>(event.lost_before));
        if (Wanted(event.action)) Encode(event, out.add_decisions());
      }
      if (out.decisions_size() > 0 || out.dropped() > 0) return true;
      if (page.items.empty()) return false;
    }
  }

 private:
  [[nodiscard]] bool Wanted(Action action) const {
    return actions_.empty() || std::find(actions_.begin(), actions_.end(), ToWire(action)) != actions_.end();
  }

  const DecisionStats& stats_;
  const std::vector<int> actions_;
  uint64_t position_ = 0;
};

absl::Status CheckWatch(const v1::WatchDecisionsRequest& request) {
  if (request.backlog() < 0 || request.backlog() > kBacklogMax)
    return WrongField("backlog", "must be 0 to 1000");
  for (const int action : request.actions()) {
    if (action == v1::ACTION_UNSPECIFIED || !v1::Action_IsValid(action)) {
      return WrongField("actions", "holds an action that is not known");
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* StatsService::GetSummary(grpc::CallbackServerContext* context,
                                                   const v1::GetSummaryRequest* request,
                                                   v1::GetSummaryResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kGetSummary, [&](const Caller& /*caller*/) -> absl::Status {
    const TimePoint now = parts_.clock.Now();
    LATCHKEY_ASSIGN_OR_RETURN(const SeriesRange range, DecodeSpan(*request, now));
    DecisionStats& stats = parts_.stats.stats();
    stats.Collect(now);
    Encode(stats.Sum(range.resolution, range.start, range.end), stats, response);
    EncodeTime(range.start, response->mutable_start_time());
    EncodeTime(now, response->mutable_end_time());
    response->set_node_count(parts_.stats.Nodes(now));
    response->set_policy_revision(parts_.policies.Current()->revision());
    if (const auto shadow = parts_.policies.Shadow())
      response->set_shadow_policy_revision(shadow->revision());
    if (parts_.store_health != nullptr) Encode(parts_.store_health->Health(), response->mutable_store());
    if (parts_.incidents == nullptr) return absl::OkStatus();
    if (const auto incidents = parts_.incidents()) Encode(*incidents, response->mutable_incidents());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StatsService::QueryTimeSeries(grpc::CallbackServerContext* context,
                                                        const v1::QueryTimeSeriesRequest* request,
                                                        v1::QueryTimeSeriesResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kQueryTimeSeries,
                   [&](const Caller& /*caller*/) -> absl::Status {
                     const TimePoint now = parts_.clock.Now();
                     LATCHKEY_ASSIGN_OR_RETURN(const SeriesWanted wanted, DecodeWanted(*request));
                     LATCHKEY_ASSIGN_OR_RETURN(const SeriesRange range, DecodeRange(*request, now));
                     DecisionStats& stats = parts_.stats.stats();
                     stats.Collect(now);
                     EncodeSeries(stats.Series(range.resolution, range.start, range.end, range.step), wanted,
                                  stats, response);
                     response->set_node_count(parts_.stats.Nodes(now));
                     EncodeTime(range.start, response->mutable_start_time());
                     EncodeDuration(range.step, response->mutable_step());
                     return absl::OkStatus();
                   });
}

grpc::ServerUnaryReactor* StatsService::ListTopAccounts(grpc::CallbackServerContext* context,
                                                        const v1::ListTopAccountsRequest* request,
                                                        v1::ListTopAccountsResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListTopAccounts, [&](const Caller& /*caller*/) {
    return EncodeTop(*request, parts_.stats.TopOf(TopKind::kAccount, parts_.clock.Now()), response,
                     [&] { return response->add_accounts(); });
  });
}

grpc::ServerUnaryReactor* StatsService::ListTopSources(grpc::CallbackServerContext* context,
                                                       const v1::ListTopSourcesRequest* request,
                                                       v1::ListTopSourcesResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListTopSources, [&](const Caller& /*caller*/) {
    return EncodeTop(*request, parts_.stats.TopOf(TopKind::kSource, parts_.clock.Now()), response,
                     [&] { return response->add_sources(); });
  });
}

grpc::ServerUnaryReactor* StatsService::ListTopNetworks(grpc::CallbackServerContext* context,
                                                        const v1::ListTopNetworksRequest* request,
                                                        v1::ListTopNetworksResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListTopNetworks, [&](const Caller& /*caller*/) {
    return EncodeTop(*request, parts_.stats.TopOf(TopKind::kNetwork, parts_.clock.Now()), response,
                     [&] { return response->add_networks(); });
  });
}

grpc::ServerUnaryReactor* StatsService::ListTopAsns(grpc::CallbackServerContext* context,
                                                    const v1::ListTopAsnsRequest* request,
                                                    v1::ListTopAsnsResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListTopAsns, [&](const Caller& /*caller*/) {
    return EncodeTop(*request, parts_.stats.TopOf(TopKind::kAsn, parts_.clock.Now()), response,
                     [&] { return response->add_asns(); });
  });
}

grpc::ServerUnaryReactor* StatsService::ListActiveRefusals(grpc::CallbackServerContext* context,
                                                           const v1::ListActiveRefusalsRequest* request,
                                                           v1::ListActiveRefusalsResponse* response) {
  return AnswerNow(context, parts_.auth, Method::kListActiveRefusals, [&](const Caller& /*caller*/) {
    const ClusterStats::Refusals all = parts_.stats.RefusalsAt(parts_.clock.Now());
    response->set_node_count(all.nodes);
    response->set_left_out(all.left_out);
    return EncodePage(*request, all.list, response,
                      [&](const ActiveRefusal& refusal) { Encode(refusal, response->add_refusals()); });
  });
}

grpc::ServerUnaryReactor* StatsService::DescribeAccount(grpc::CallbackServerContext* context,
                                                        const v1::DescribeAccountRequest* request,
                                                        v1::DescribeAccountResponse* response) {
  return AnswerLater(context, parts_.auth, Method::kDescribeAccount,
                     [&](const auto& /*caller*/, Duration left, Finisher finish) {
                       const auto name = DecodeAccount(request->tenant(), request->account(), parts_.tenants);
                       if (!name.ok()) return finish(name.status());
                       std::optional<Source> source;
                       if (!request->source().empty()) {
                         const absl::StatusOr<Source> parsed = Source::Parse(request->source());
                         if (!parsed.ok()) return finish(parsed.status());
                         source = *parsed;
                       }
                       parts_.accounts.Describe(
                           *name, source, left,
                           [response, finish](const absl::StatusOr<AccountState>& state) {
                             if (state.ok()) Encode(*state, response);
                             finish(state.status());
                           });
                     });
}

grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* StatsService::WatchDecisions(
    grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) {
  const auto caller = parts_.auth.Authorize(*context, Method::kWatchDecisions);
  if (!caller.ok()) return DecisionsReactor::Refuse(caller.status());
  if (absl::Status wrong = CheckWatch(*request); !wrong.ok()) return DecisionsReactor::Refuse(wrong);
  DecisionStats& stats = parts_.stats.stats();
  stats.Collect(parts_.clock.Now());
  auto follower = std::make_shared<DecisionFollower>(stats, *request);
  return DecisionsReactor::Start(
      WhileAllowed<v1::WatchDecisionsResponse>(parts_.auth, *context, Method::kWatchDecisions,
                                               [follower](v1::WatchDecisionsResponse& out)
                                                   -> absl::StatusOr<bool> { return follower->Read(out); }),
      [&stats](std::function<void()> wake) { return stats.Watch(std::move(wake)); }, parts_.drain);
}

}  // namespace latchkey

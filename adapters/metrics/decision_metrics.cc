#include "adapters/metrics/decision_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>

#include "adapters/metrics/raise.h"

namespace latchkey {
namespace {

using CounterFamily = prometheus::Family<prometheus::Counter>;

constexpr std::array<Action, 4> kActions = {Action::kAllow, Action::kThrottle, Action::kChallenge,
                                            Action::kLockout};

// Each is a bound of LatencyBuckets, so that nothing is guessed.
const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const prometheus::Histogram::BucketBoundaries bounds = {1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5,
                                                                 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
                                                                 1e-2, 2.5e-2, 5e-2, 0.1,  0.25,   1};
  return bounds;
}

std::string Text(std::string_view text) { return std::string(text); }

CounterFamily& Counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

void RaiseShares(const std::vector<Counts::Share>& shares, const NameTable& names, const char* label,
                 CounterFamily& family, std::vector<std::array<prometheus::Counter*, 2>>& counters) {
  counters.resize(std::max(counters.size(), shares.size()));
  for (size_t id = 0; id < shares.size(); ++id) {
    if (shares[id].decisions == 0) continue;
    auto& [allowed, refused] = counters[id];
    if (allowed == nullptr) {
      const std::string name = names.NameOf(static_cast<NameTable::Id>(id));
      allowed = &family.Add({{label, name}, {"result", "allowed"}});
      refused = &family.Add({{label, name}, {"result", "refused"}});
    }
    RaiseTo(*allowed, shares[id].decisions - shares[id].refused);
    RaiseTo(*refused, shares[id].refused);
  }
}

}  // namespace

DecisionMetrics::DecisionMetrics(prometheus::Registry& registry) {
  auto& decisions = Counters(registry, "latchkey_decisions_total", "Answers to attempts");
  auto& shadow_rules =
      Counters(registry, "latchkey_shadow_decisions_total", "What shadowed rules would have answered");
  auto& shadows = Counters(registry, "latchkey_shadow_policy_decisions_total",
                           "What a shadowed policy would have answered, by what was answered");
  auto& in_force = prometheus::BuildGauge()
                       .Name("latchkey_refusals_in_force")
                       .Help("Lanes, sources and networks that are closed now, as this node's refusals said")
                       .Register(registry);
  for (const Action action : kActions) {
    const auto a = static_cast<size_t>(action);
    for (const Action shadowed : kActions) {
      shadows_[a][static_cast<size_t>(shadowed)] =
          &shadows.Add({{"action", Text(ActionName(shadowed))}, {"enforced", Text(ActionName(action))}});
    }
    shadow_rules_[a] = &shadow_rules.Add({{"action", Text(ActionName(action))}});
    if (action != Action::kAllow) in_force_[a] = &in_force.Add({{"action", Text(ActionName(action))}});
    for (const Lane lane : kAllLanes) {
      decisions_[a][static_cast<size_t>(lane)] =
          &decisions.Add({{"action", Text(ActionName(action))}, {"lane", Text(LaneName(lane))}});
    }
  }
  auto& proven = Counters(registry, "latchkey_proven_refusals_total",
                          "Refused attempts by the strongest lane that they had proved");
  for (const Lane lane : kAllLanes)
    proven_refused_[static_cast<size_t>(lane)] = &proven.Add({{"lane", Text(LaneName(lane))}});
  auto& reports = Counters(registry, "latchkey_reports_total", "Reported outcomes of attempts");
  for (size_t outcome = 1; outcome < reports_.size(); ++outcome)
    reports_[outcome] = &reports.Add({{"outcome", Text(OutcomeName(static_cast<Outcome>(outcome)))}});
  degraded_ =
      &Counters(registry, "latchkey_degraded_decisions_total", "Answers given without the store").Add({});
  notes_missed_ = &Counters(registry, "latchkey_stats_missed_total",
                            "Decisions and failures that are counted, but too many at once for the top lists")
                       .Add({});
  nodes_ = &prometheus::BuildGauge()
                .Name("latchkey_stats_nodes")
                .Help("Nodes whose numbers are in this node's statistics")
                .Register(registry)
                .Add({});
  nodes_->Set(1);
  refusals_ = &Counters(registry, "latchkey_refusals_total", "Refused attempts by the rule that decided");
  tenants_ = &Counters(registry, "latchkey_tenant_decisions_total",
                       "Answers by tenant; the first 64 are told apart");
  paths_ =
      &Counters(registry, "latchkey_path_decisions_total", "Answers by path; the first 32 are told apart");
  latencies_[static_cast<size_t>(TimedOp::kDecision)].histogram =
      &prometheus::BuildHistogram()
           .Name("latchkey_decision_duration_seconds")
           .Help("Time from a read request to its answer, the store's included")
           .Register(registry)
           .Add({}, Seconds());
  auto& store = prometheus::BuildHistogram()
                    .Name("latchkey_store_duration_seconds")
                    .Help("Time until the store answered")
                    .Register(registry);
  for (const auto& [op, name] : {std::pair(TimedOp::kCharge, "charge"), std::pair(TimedOp::kSettle, "settle"),
                                 std::pair(TimedOp::kUpdate, "update"), std::pair(TimedOp::kRead, "read")}) {
    latencies_[static_cast<size_t>(op)].histogram = &store.Add({{"op", name}}, Seconds());
  }
}

void DecisionMetrics::Update(ClusterStats& cluster, TimePoint now) {
  DecisionStats& stats = cluster.stats();
  const Counts counts = stats.Own();
  UpdateTables(counts);
  UpdateNames(counts, stats);
  UpdateLatencies(stats.latency());
  RaiseTo(*notes_missed_, stats.NotesMissed());
  nodes_->Set(cluster.Nodes(now));
  std::array<int, 5> in_force{};
  for (const ActiveRefusal& refusal : stats.Refusals(now)) ++in_force[static_cast<size_t>(refusal.action)];
  for (size_t action = 0; action < in_force_.size(); ++action) {
    if (in_force_[action] != nullptr) in_force_[action]->Set(in_force[action]);
  }
}

void DecisionMetrics::UpdateTables(const Counts& counts) {
  for (const Action action : kActions) {
    const auto a = static_cast<size_t>(action);
    for (size_t lane = 0; lane < kLaneCount; ++lane) RaiseTo(*decisions_[a][lane], counts.decisions[a][lane]);
    for (const Action shadowed : kActions) {
      const auto s = static_cast<size_t>(shadowed);
      RaiseTo(*shadows_[a][s], counts.shadow[a][s]);
    }
    RaiseTo(*shadow_rules_[a], counts.shadow_rules[a]);
  }
  for (size_t lane = 0; lane < kLaneCount; ++lane)
    RaiseTo(*proven_refused_[lane], counts.proven_refused[lane]);
  for (size_t outcome = 1; outcome < reports_.size(); ++outcome)
    RaiseTo(*reports_[outcome], counts.outcomes[outcome]);
  RaiseTo(*degraded_, counts.degraded);
}

void DecisionMetrics::UpdateNames(const Counts& counts, DecisionStats& stats) {
  by_rule_.resize(std::max(by_rule_.size(), counts.rules.size()));
  for (size_t id = 0; id < counts.rules.size(); ++id) {
    if (counts.rules[id] == 0) continue;
    if (by_rule_[id] == nullptr)
      by_rule_[id] = &refusals_->Add({{"rule", stats.rules().NameOf(static_cast<NameTable::Id>(id))}});
    RaiseTo(*by_rule_[id], counts.rules[id]);
  }
  RaiseShares(counts.tenants, stats.tenants(), "tenant", *tenants_, by_tenant_);
  RaiseShares(counts.paths, stats.paths(), "path", *paths_, by_path_);
}

void DecisionMetrics::UpdateLatencies(const LatencyBoard& board) {
  const auto totals = board.Read();
  for (size_t op = 0; op < kTimedOps; ++op) {
    Latency& latency = latencies_[op];
    std::vector<double> more(Seconds().size() + 1);
    for (size_t i = 0; i < LatencyBuckets::kCount; ++i) {
      const double bound = std::chrono::duration<double>(LatencyBuckets::Bound(i)).count();
      // A hair of room: 2.5e-5 is not the same double by every way.
      const auto at = std::lower_bound(Seconds().begin(), Seconds().end(), bound * (1 - 1e-9));
      more[static_cast<size_t>(at - Seconds().begin())] +=
          static_cast<double>(totals[op].counts[i] - latency.shown.counts[i]);
    }
    latency.histogram->ObserveMultiple(
        more, std::chrono::duration<double>(totals[op].sum - latency.shown.sum).count());
    latency.shown = totals[op];
  }
}

}  // namespace latchkey

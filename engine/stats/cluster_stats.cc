#include "engine/stats/cluster_stats.h"

#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

// Drops what has not been heard of for so long that it cannot be asked about again.
template <typename Known>
void Forget(std::map<std::string, Known>& nodes, TimePoint now) {
  constexpr Duration kForgotten = std::chrono::minutes(10);
  for (auto it = nodes.begin(); it != nodes.end();) {
    it = it->second.heard + kForgotten < now ? nodes.erase(it) : std::next(it);
  }
}

}  // namespace

absl::Status ClusterStats::Exchange(TimePoint now) {
  stats_.Collect(now);
  if (exchange_ == nullptr) return absl::OkStatus();
  LATCHKEY_RETURN_IF_ERROR(ExchangeCounts(now));
  if (now < lists_exchanged_ + kListsEvery) return absl::OkStatus();
  return ExchangeLists(now);
}

absl::Status ClusterStats::ExchangeCounts(TimePoint now) {
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<StatsExchange::Line> lines,
                            exchange_->Swap(StatsBoard::kCounts, node_, EncodeCounts(stats_.Own(), stats_)));
  const bool unbroken = exchanged_ && now < *exchanged_ + kUnbroken;
  exchanged_ = now;
  const MutexLock lock(mutex_);
  for (const StatsExchange::Line& line : lines) {
    std::optional<Counts> counts = DecodeCounts(line.text, stats_);
    if (line.node == node_ || !counts) continue;
    const auto found = others_.find(line.node);
    if (found != others_.end()) {
      stats_.AddForeign(Difference(*counts, found->second.counts), now);
    } else if (unbroken) {
      stats_.AddForeign(*counts, now);
    }
    others_[line.node] = {std::move(*counts), now};
  }
  Forget(others_, now);
  return absl::OkStatus();
}

absl::Status ClusterStats::ExchangeLists(TimePoint now) {
  NodeLists mine;
  for (size_t kind = 0; kind < kTopKinds; ++kind)
    mine.tops[kind] = stats_.Top(static_cast<TopKind>(kind), now);
  mine.refusals = stats_.Refusals(now);
  mine.refusals_left_out = stats_.RefusalsLeftOut();
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<StatsExchange::Line> lines,
                            exchange_->Swap(StatsBoard::kLists, node_, EncodeLists(std::move(mine))));
  lists_exchanged_ = now;
  const MutexLock lock(mutex_);
  for (const StatsExchange::Line& line : lines) {
    std::optional<NodeLists> lists = DecodeLists(line.text);
    if (line.node != node_ && lists) lists_[line.node] = {std::move(*lists), now};
  }
  Forget(lists_, now);
  return absl::OkStatus();
}

ClusterStats::Top ClusterStats::TopOf(TopKind kind, TimePoint now) {
  stats_.Collect(now);
  std::vector<TopList> lists = {stats_.Top(kind, now)};
  const MutexLock lock(mutex_);
  for (const auto& [node, other] : lists_) {
    if (other.heard + StatsExchange::kLive >= now)
      lists.push_back(other.lists.tops[static_cast<size_t>(kind)]);
  }
  return {Merge(lists), Live(lists_, now)};
}

ClusterStats::Refusals ClusterStats::RefusalsAt(TimePoint now) {
  stats_.Collect(now);
  Refusals all;
  std::vector<std::vector<ActiveRefusal>> lists = {stats_.Refusals(now)};
  all.left_out = stats_.RefusalsLeftOut();
  const MutexLock lock(mutex_);
  for (const auto& [node, other] : lists_) {
    if (other.heard + StatsExchange::kLive < now) continue;
    lists.push_back(other.lists.refusals);
    all.left_out += other.lists.refusals_left_out;
  }
  all.nodes = Live(lists_, now);
  for (ActiveRefusal& refusal : Merge(lists)) {
    if (!refusal.until || *refusal.until > now) all.list.push_back(std::move(refusal));
  }
  return all;
}

int ClusterStats::Nodes(TimePoint now) const {
  const MutexLock lock(mutex_);
  return Live(others_, now);
}

template <typename Known>
int ClusterStats::Live(const std::map<std::string, Known>& nodes, TimePoint now) {
  int live = 1;
  for (const auto& [node, known] : nodes) live += known.heard + StatsExchange::kLive >= now ? 1 : 0;
  return live;
}

}  // namespace latchkey

#include "engine/stats/counts.h"

#include <algorithm>

namespace latchkey {
namespace {

template <typename T>
void AddEach(const std::vector<T>& more, std::vector<T>& to, void (*add)(const T&, T&)) {
  // Zeros at the end are not worth memory: a node has room for all names, a second has seen a few.
  size_t size = more.size();
  while (size > 0 && more[size - 1] == T{}) --size;
  if (to.size() < size) to.resize(size);
  for (size_t i = 0; i < size; ++i) add(more[i], to[i]);
}

void AddCount(const int64_t& more, int64_t& to) { to += more; }
void AddShare(const Counts::Share& more, Counts::Share& to) {
  to.decisions += more.decisions;
  to.refused += more.refused;
}

template <typename Table>
void AddTable(const Table& more, Table& to) {
  for (size_t i = 0; i < to.size(); ++i) {
    for (size_t j = 0; j < to[i].size(); ++j) to[i][j] += more[i][j];
  }
}
template <typename Row>
void AddRow(const Row& more, Row& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += more[i];
}

}  // namespace

void Counts::Add(const Counts& more) {
  AddTable(more.decisions, decisions);
  AddTable(more.shadow, shadow);
  AddRow(more.outcomes, outcomes);
  AddRow(more.shadow_rules, shadow_rules);
  AddRow(more.proven_refused, proven_refused);
  AddRow(more.decision_time, decision_time);
  AddRow(more.store_time, store_time);
  degraded += more.degraded;
  AddEach(more.rules, rules, AddCount);
  AddEach(more.tenants, tenants, AddShare);
  AddEach(more.paths, paths, AddShare);
}

void Counts::Clear() {
  decisions = {};
  outcomes = {};
  shadow = {};
  shadow_rules = {};
  proven_refused = {};
  degraded = 0;
  std::fill(rules.begin(), rules.end(), 0);
  std::fill(tenants.begin(), tenants.end(), Share{});
  std::fill(paths.begin(), paths.end(), Share{});
  decision_time = {};
  store_time = {};
}

int64_t Counts::OfAction(Action action) const {
  int64_t sum = 0;
  for (const int64_t count : decisions[static_cast<size_t>(action)]) sum += count;
  return sum;
}

int64_t Counts::OfLane(Lane lane) const {
  int64_t sum = 0;
  for (const auto& lanes : decisions) sum += lanes[static_cast<size_t>(lane)];
  return sum;
}

int64_t Counts::RefusedInLane(Lane lane) const {
  return OfLane(lane) - decisions[static_cast<size_t>(Action::kAllow)][static_cast<size_t>(lane)];
}

int64_t Counts::All() const {
  int64_t sum = 0;
  for (const Lane lane : kAllLanes) sum += OfLane(lane);
  return sum;
}

}  // namespace latchkey

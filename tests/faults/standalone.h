// One redis-server with an append-only file, and two latchkeyd that reach it through a proxy each.
#pragma once

#include "tests/faults/faults.h"
#include "tests/faults/proxy.h"
#include "tests/support/redis_server.h"

namespace latchkey::faults {

class Standalone final : public Site {
 public:
  Standalone();
  [[nodiscard]] Nodes& nodes() override { return nodes_; }
  [[nodiscard]] RedisServer& redis() { return redis_; }
  [[nodiscard]] FaultyProxy& proxy(int node) { return node == 0 ? first_ : second_; }
  void SetBoth(FaultyProxy::Way way, std::chrono::milliseconds delay = std::chrono::milliseconds(0));

 private:
  [[nodiscard]] std::string Through(const FaultyProxy& proxy) const;

  RedisServer redis_;
  FaultyProxy first_;
  FaultyProxy second_;
  Nodes nodes_;
};

[[nodiscard]] std::vector<Fault> StandaloneFaults(int64_t invented);

}  // namespace latchkey::faults

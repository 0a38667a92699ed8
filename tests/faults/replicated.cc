#include "tests/faults/replicated.h"

#include <set>

#include "adapters/redis/hash_slot.h"
#include "tests/support/holds_within.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel.h"

namespace latchkey::faults {
namespace {

void Rest(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Until `there`, thirty seconds at most.
template <class There>
void Await(const There& there) {
  if (!HoldsWithin(std::chrono::seconds(30), there))
    throw std::runtime_error("the site does not come together again");
}

// A primary, two replicas and three Sentinels.
class Sentinels final : public Site {
 public:
  Sentinels() : nodes_({redis_.url(), redis_.url()}) {}
  [[nodiscard]] Nodes& nodes() override { return nodes_; }
  [[nodiscard]] RedisSentinels& redis() { return redis_; }
  void AwaitTogether() {
    Await([this] { return redis_.server(redis_.Primary()).Info("replication", "connected_slaves") == 2; });
  }

 private:
  RedisSentinels redis_;
  Nodes nodes_;
};

// Three primaries with a replica each.
class Cluster final : public Site {
 public:
  Cluster()
      : redis_({.primaries = 3, .replicas_each = 1, .server = {}}), nodes_({redis_.url(), redis_.url()}) {}
  [[nodiscard]] Nodes& nodes() override { return nodes_; }
  [[nodiscard]] RedisCluster& redis() { return redis_; }
  // The nodes that are primaries now.
  [[nodiscard]] std::set<size_t> Primaries() {
    std::set<size_t> primaries;
    for (const uint16_t slot : std::initializer_list<uint16_t>{0, 8000, 16000})
      primaries.insert(redis_.OwnerOf(slot, Running()));
    return primaries;
  }
  [[nodiscard]] size_t Running() {
    for (size_t i = 0; i < redis_.size(); ++i) {
      if (redis_.node(i).running()) return i;
    }
    throw std::runtime_error("no node of the Cluster runs");
  }

 private:
  RedisCluster redis_;
  Nodes nodes_;
};

template <class Kind>
Fault On(const std::string& site, const std::string& name, Loss loss, std::function<void(Kind&)> inflict) {
  return {.name = name,
          .site = site,
          .loss = loss,
          .recovery_s = 15,
          .inflict = [inflict = std::move(inflict)](Site& there) {
            inflict(dynamic_cast<Kind&>(there));
            return std::vector<std::string>();
          }};
}

void RestartEngines(Nodes& nodes) {
  nodes.Restart(0);
  Rest(1000);
  nodes.Restart(1);
}

Fault OnSentinels(const std::string& name, Loss loss, std::function<void(Sentinels&)> inflict) {
  return On<Sentinels>("sentinel", name, loss, std::move(inflict));
}

Fault OnCluster(const std::string& name, Loss loss, std::function<void(Cluster&)> inflict) {
  return On<Cluster>("cluster", name, loss, std::move(inflict));
}

}  // namespace

std::unique_ptr<Site> MakeSentinels() { return std::make_unique<Sentinels>(); }
std::unique_ptr<Site> MakeCluster() { return std::make_unique<Cluster>(); }

std::vector<Fault> SentinelFaults() {
  return {
      OnSentinels("sigkill-primary", Loss::kASecond,
                  [](Sentinels& site) {
                    const size_t primary = site.redis().Primary();
                    site.redis().server(primary).Stop();
                    site.redis().AwaitFailover(primary);
                    site.redis().server(primary).Restart();
                    site.AwaitTogether();
                  }),
      OnSentinels("sigstop-primary-5s", Loss::kASecond,
                  [](Sentinels& site) {
                    const size_t primary = site.redis().Primary();
                    site.redis().server(primary).Freeze();
                    Rest(5000);
                    site.redis().server(primary).Thaw();
                    site.AwaitTogether();
                  }),
      OnSentinels("sigkill-replica", Loss::kNothing,
                  [](Sentinels& site) {
                    const size_t primary = site.redis().Primary();
                    site.redis().server(primary == 0 ? 1 : 0).Stop();
                    Rest(2000);
                    site.redis().server(primary == 0 ? 1 : 0).Restart();
                    site.AwaitTogether();
                  }),
      OnSentinels("flushall", Loss::kAWipe,
                  [](Sentinels& site) { site.redis().server(site.redis().Primary()).FlushAll(); }),
      OnSentinels("engine-sigkill", Loss::kNothing, [](Sentinels& site) { RestartEngines(site.nodes()); }),
      // The last one: it does not come back.
      OnSentinels("sigkill-a-sentinel-and-the-primary", Loss::kASecond,
                  [](Sentinels& site) {
                    site.redis().StopSentinel(0);
                    const size_t primary = site.redis().Primary();
                    site.redis().server(primary).Stop();
                    site.redis().AwaitFailover(primary);
                  }),
  };
}

std::vector<Fault> ClusterFaults() {
  return {
      OnCluster("sigkill-primary", Loss::kASecond,
                [](Cluster& site) {
                  const size_t primary = *site.Primaries().begin();
                  site.redis().node(primary).Stop();
                  Await([&] { return site.Primaries().count(primary) == 0; });
                  site.redis().node(primary).Restart();
                  site.redis().AwaitOk();
                }),
      OnCluster("sigstop-primary-5s", Loss::kASecond,
                [](Cluster& site) {
                  const size_t primary = *site.Primaries().begin();
                  site.redis().node(primary).Freeze();
                  Rest(5000);
                  site.redis().node(primary).Thaw();
                  site.redis().AwaitOk();
                }),
      OnCluster("slots-move", Loss::kNothing,
                [](Cluster& site) {
                  std::set<uint16_t> slots;
                  for (const std::string& key : site.redis().Keys("lk:*")) slots.insert(HashSlot(key));
                  const std::set<size_t> primaries = site.Primaries();
                  const Moment begin = std::chrono::steady_clock::now();
                  for (const uint16_t slot : slots) {
                    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(8)) break;
                    auto next = primaries.upper_bound(site.redis().OwnerOf(slot, *primaries.begin()));
                    site.redis().MoveSlot(slot, next == primaries.end() ? *primaries.begin() : *next,
                                          /*batch=*/1);
                  }
                  site.redis().AwaitOk();
                }),
      OnCluster("flushall-of-a-primary", Loss::kAWipe,
                [](Cluster& site) { site.redis().node(*site.Primaries().begin()).FlushAll(); }),
      OnCluster("script-flush", Loss::kNothing,
                [](Cluster& site) {
                  for (int i = 0; i < 30; ++i) {
                    for (const size_t primary : site.Primaries())
                      site.redis().node(primary).Command({"SCRIPT", "FLUSH"});
                    Rest(100);
                  }
                }),
      OnCluster("engine-sigkill", Loss::kNothing, [](Cluster& site) { RestartEngines(site.nodes()); }),
  };
}

}  // namespace latchkey::faults

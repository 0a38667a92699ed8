#include "tests/faults/standalone.h"

#include <filesystem>

#include "tests/faults/invented.h"

namespace latchkey::faults {
namespace {

using std::chrono::milliseconds;
using Way = FaultyProxy::Way;

RedisServer::Options WithLog() {
  RedisServer::Options options;
  options.arguments = {"--appendonly", "yes", "--appendfsync", "everysec"};
  return options;
}

void Rest(int ms) { std::this_thread::sleep_for(milliseconds(ms)); }

// A fault of this site: `inflict` gets it as what it is.
Fault On(const std::string& name, Loss loss, std::function<void(Standalone&)> inflict) {
  return {.name = name,
          .site = "standalone",
          .loss = loss,
          .inflict = [inflict = std::move(inflict)](Site& site) {
            inflict(dynamic_cast<Standalone&>(site));
            return std::vector<std::string>();
          }};
}

// The network does this to both nodes, or to one, for so long.
Fault Network(const std::string& name, Way way, int delay_ms, int for_ms, bool both) {
  return On(name, Loss::kNothing, [=](Standalone& site) {
    site.proxy(0).Set(way, milliseconds(delay_ms));
    if (both) site.proxy(1).Set(way, milliseconds(delay_ms));
    Rest(for_ms);
    site.SetBoth(Way::kPass);
  });
}

}  // namespace

Standalone::Standalone()
    : redis_(WithLog()),
      first_(redis_.port()),
      second_(redis_.port()),
      nodes_({Through(first_), Through(second_)}) {}

std::string Standalone::Through(const FaultyProxy& proxy) const {
  return "redis://latchkey:test@127.0.0.1:" + std::to_string(proxy.port());
}

void Standalone::SetBoth(Way way, milliseconds delay) {
  first_.Set(way, delay);
  second_.Set(way, delay);
}

std::vector<Fault> StandaloneFaults(int64_t invented) {
  return {
      On("sigkill", Loss::kASecond,
         [](Standalone& site) {
           site.redis().Stop();
           Rest(2000);
           site.redis().Restart();
         }),
      On("sigstop-5s", Loss::kNothing,
         [](Standalone& site) {
           site.redis().Freeze();
           Rest(5000);
           site.redis().Thaw();
         }),
      Network("partition", Way::kDrop, 0, 3000, true),
      Network("partition-of-one-node", Way::kDrop, 0, 3000, false),
      Network("slow-replies", Way::kDelay, 60, 3000, true),
      Network("replies-too-late", Way::kDelay, 400, 3000, true),
      Network("cut-mid-reply", Way::kCut, 0, 3000, true),
      On("flushall", Loss::kAWipe, [](Standalone& site) { site.redis().FlushAll(); }),
      On("restart-empty", Loss::kAWipe,
         [](Standalone& site) {
           site.redis().Stop();
           std::filesystem::remove_all(site.redis().folder() + "/appendonlydir");
           Rest(500);
           site.redis().Restart();
         }),
      On("out-of-memory", Loss::kNothing,
         [](Standalone& site) {
           site.redis().Command({"CONFIG", "SET", "maxmemory", "1"});
           Rest(3000);
           site.redis().Command({"CONFIG", "SET", "maxmemory", "0"});
         }),
      On("script-flush", Loss::kNothing,
         [](Standalone& site) {
           for (int i = 0; i < 30; ++i) {
             site.redis().Command({"SCRIPT", "FLUSH"});
             Rest(100);
           }
         }),
      On("engine-sigkill", Loss::kNothing,
         [](Standalone& site) {
           site.nodes().Restart(0);
           Rest(1000);
           site.nodes().Restart(1);
         }),
      // The last one: what it has made stays in this Redis.
      {.name = "invented-accounts",
       .site = "standalone",
       .inflict =
           [invented](Site& site) { return InventAccounts(dynamic_cast<Standalone&>(site), invented); }},
  };
}

}  // namespace latchkey::faults

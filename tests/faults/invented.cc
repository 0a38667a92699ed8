#include "tests/faults/invented.h"

#include <deque>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "latchkey/client.h"

namespace latchkey::faults {
namespace {

constexpr int64_t kBytesOfARecord = 160;  // Of an account; the policy counts nothing by address.
constexpr size_t kUnderWay = 512;         // Of each node: far more than its Redis takes at once.

// Tries every second of the accounts through this node; how many tries it did not answer.
int64_t TryThrough(const std::string& address, int64_t first, int64_t accounts) {
  auto client =
      Client::Create({.server = address, .timeout = std::chrono::seconds(5), .fail_mode = FailMode::kFail});
  if (!client.ok()) throw std::runtime_error(client.status().ToString());
  int64_t unanswered = 0;
  std::deque<std::future<absl::StatusOr<v1::AssessResponse>>> under_way;
  const auto await_one = [&] {
    if (!under_way.front().get().ok()) ++unanswered;
    under_way.pop_front();
  };
  for (int64_t i = first; i < accounts; i += kNodes) {
    if (under_way.size() == kUnderWay) await_one();
    const int64_t network = i * 7919;
    under_way.push_back((*client)->AssessFuture(Attempt(
        absl::StrCat("invented-", i),
        absl::StrCat(11 + (network >> 16) % 200, ".", (network >> 8) % 256, ".", network % 256, ".9"))));
  }
  while (!under_way.empty()) await_one();
  return unanswered;
}

}  // namespace

std::vector<std::string> InventAccounts(Standalone& site, int64_t accounts) {
  RedisServer& redis = site.redis();
  const int64_t cap = redis.Info("memory", "used_memory") + (4 << 20) + accounts * kBytesOfARecord / 2;
  redis.Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis.Command({"CONFIG", "SET", "maxmemory", absl::StrCat(cap)});

  std::vector<std::future<int64_t>> nodes;
  for (int node = 0; node < kNodes; ++node)
    nodes.push_back(std::async(std::launch::async, TryThrough, site.nodes().address(node), node, accounts));
  int64_t unanswered = 0;
  for (std::future<int64_t>& node : nodes) unanswered += node.get();

  std::vector<std::string> wrong;
  const int64_t used = redis.Info("memory", "used_memory");
  if (used >= cap) wrong.push_back(absl::StrCat("Redis used ", used, " of ", cap, " bytes"));
  if (const int64_t evicted = redis.Info("stats", "evicted_keys"); evicted != 0)
    wrong.push_back(absl::StrCat(evicted, " keys were evicted"));
  // A node that did not notice would have gone on until Redis refused its writes.
  for (int node = 0; node < kNodes; ++node) {
    if (site.nodes().Log(node).find("Redis is filling up") == std::string::npos)
      wrong.push_back(absl::StrCat("node ", node, " did not notice"));
  }
  if (unanswered != 0) wrong.push_back(absl::StrCat(unanswered, " strangers had no answer"));

  // What is shared ends by itself, a window later; here at once, as an operator may who has made room.
  redis.Command({"CONFIG", "SET", "maxmemory", "0"});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  redis.Command({"DEL", "lk:{dev:f}"});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  return wrong;
}

}  // namespace latchkey::faults

#include "adapters/sodium/system_random.h"

#include <gtest/gtest.h>

#include <bit>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace latchkey {
namespace {

TEST(SystemRandomTest, NeverRepeatsAcrossThreads) {
  SystemRandom random;
  std::mutex mutex;
  std::set<uint64_t> seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        const uint64_t word = random.Next();
        const std::lock_guard<std::mutex> lock(mutex);
        EXPECT_TRUE(seen.insert(word).second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SystemRandomTest, UsesAllBitsAlike) {
  SystemRandom random;
  int ones = 0;
  for (int i = 0; i < 10'000; ++i) ones += std::popcount(random.Next());
  EXPECT_NEAR(ones, 320'000, 4'000);  // Ten standard deviations.
}

}  // namespace
}  // namespace latchkey

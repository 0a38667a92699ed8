// Looks once a second how full Redis is, so that a flood is met before memory runs out
// (engine/store/overflow_store.h).
//
// A shard is full by `used_memory` of its `maxmemory`; one without `maxmemory` never is. That the store was
// crowded is written under a key of its own, which lives as long as shared records can, so that nodes that
// come later know of them.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "adapters/redis/redis_client.h"
#include "engine/store/overflow_store.h"

namespace latchkey {

// The share of its `maxmemory` that a server uses, by its INFO; nothing when it has no `maxmemory` or says
// neither.
[[nodiscard]] std::optional<double> FillOf(std::string_view info);

struct FillWatchOptions {
  std::string marker;        // The key.
  double crowded_at = 0.75;  // Of the fullest shard; crowded until it is
  double calm_at = 0.65;     // below this.
  Duration every = std::chrono::seconds(1);
};

class FillWatch {
 public:
  // Called on the watch's thread when the store becomes crowded, or is no longer.
  using OnChange = std::function<void(bool crowded, double fill)>;

  // `client` and `crowding` outlive it.
  FillWatch(RedisClient& client, Crowding& crowding, FillWatchOptions options, OnChange on_change);
  ~FillWatch();
  FillWatch(const FillWatch&) = delete;
  FillWatch& operator=(const FillWatch&) = delete;

  // Of the fullest shard when it was last looked at; zero before, and without `maxmemory`. Thread-safe.
  [[nodiscard]] double fill() const { return fill_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Look();
  // Waits for the reply.
  absl::StatusOr<Reply> Ask(const std::string& key, const std::vector<std::string>& command);

  RedisClient& client_;
  Crowding& crowding_;
  const FillWatchOptions options_;
  const OnChange on_change_;
  std::atomic<double> fill_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;  // Guarded by mutex_.
  std::thread thread_;   // Last: it uses all the above.
};

}  // namespace latchkey

// The recording of all nodes that share a Redis, as a stream there: lk:{<environment>:r}.
//
// Each entry is a small recording (engine/recording/frames.h): the header in field h, at most some 16 KiB of
// frames in field f. So what is read is the same bytes as files hold, and the bound in bytes is one in
// entries. A node writes when it has an entry's worth, or each half minute.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/redis/redis_client.h"
#include "engine/recording/frames.h"
#include "engine/recording/queue.h"
#include "engine/recording/reader.h"

namespace latchkey {

struct RedisRecordingOptions {
  RecordingHeader header;
  uint64_t bytes_max = uint64_t{1} << 30U;
  Duration age_max = std::chrono::hours(24 * 7);
  Duration write_every{30'000};
};

[[nodiscard]] std::string RecordingKey(const std::string& environment);

// Thread-safe.
class RedisRecording {
 public:
  static constexpr size_t kEntryBytes = size_t{16} << 10U;

  // `client`, `queue` and `clock` outlive it.
  RedisRecording(RedisRecordingOptions options, RedisClient& client, RecordingQueue& queue,
                 const Clock& clock);
  // Writes what still waits.
  ~RedisRecording();

 private:
  void Run();
  bool Write(const std::string& frames);
  bool Ask(const std::vector<std::string>& args);

  const RedisRecordingOptions options_;
  const std::string key_;
  RedisClient& client_;
  RecordingQueue& queue_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the above
};

// Reads such a stream from its oldest entry to the newest there is. Not thread-safe.
class RedisRecordingSource final : public ByteSource {
 public:
  // Of `settings` it takes where Redis is, as whom and the environment.
  static absl::StatusOr<std::unique_ptr<RedisRecordingSource>> Open(RedisSettings settings);
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  RedisRecordingSource() = default;

  std::string key_;
  std::unique_ptr<RedisClient> client_;
  std::string last_id_ = "-";
  std::string waiting_;
  size_t given_ = 0;
};

}  // namespace latchkey

// The memory store's log: what lets a restart go on where the last run ended.
//
// Every write of the store is queued, appended to a file by a thread of the log's own when some are worth it,
// and synced each second; so a crash loses a second at most. When the file is more than twice the size of
// what is live, the same thread writes a new one beside it and puts it in its place; what is written
// meanwhile goes to both.
//
// The queue is bounded. When the disk cannot follow, the queue is dropped and counted, and as soon as the
// disk can, a new file is written from what is in memory: nothing stays lost.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "adapters/memory/framed_file.h"
#include "adapters/memory/ledger_queue.h"
#include "adapters/memory/memory_signal_store.h"
#include "engine/base/mutex.h"

namespace latchkey {

struct LedgerOptions {
  std::string path;
  std::string environment;
  Duration flush_every{1000};
  size_t queue_bytes_max = size_t{64} << 20U;
  uint64_t compact_above = uint64_t{4} << 20U;  // a smaller file is never worth it
};

struct LedgerMetrics {
  ReadReport read;               // of the file, at the start
  uint64_t damaged_records = 0;  // whole frames that held no record
  uint64_t flushes = 0;
  uint64_t failures = 0;
  uint64_t overruns = 0;  // how often the queue was dropped
  uint64_t compactions = 0;
  uint64_t file_bytes = 0;
  uint64_t queued_bytes = 0;
};

class LedgerLog final : public RecordSink {
 public:
  // Puts back into `store` what the file holds and logs its writes from then on. Both outlive the log.
  // kFailedPrecondition: the file is foreign, of another version or environment, holds records of a newer
  // release or is in use; it is left as it is.
  static absl::StatusOr<std::unique_ptr<LedgerLog>> Open(LedgerOptions options, const Clock& clock,
                                                         MemorySignalStore& store);
  // Writes what is queued. No call to the store may be running.
  ~LedgerLog() override;

  void Put(const Key& key, std::string_view bytes, TimePoint keep_until) override;

  // What was put before this call is on the disk when it returns OK.
  absl::Status Flush();

  // The result of the latest write: what health reports.
  [[nodiscard]] absl::Status status() const;
  [[nodiscard]] LedgerMetrics metrics() const;

 private:
  LedgerLog(LedgerOptions options, const Clock& clock, MemorySignalStore& store, FramedFile file);
  void Run();
  [[nodiscard]] bool WorthCompacting() const;
  // Appends what is queued to the file, and to `successor` unless it is null.
  absl::Status AppendQueue(FramedFile* successor);
  // Does that, and syncs the file.
  absl::Status WriteQueue(FramedFile* successor);
  absl::Status Compact();
  absl::Status Fill(FramedFile& successor, bool was_behind);

  const LedgerOptions options_;
  const Clock& clock_;
  MemorySignalStore& store_;
  FramedFile file_;  // the thread's own, as is the next
  std::chrono::steady_clock::time_point rest_until_;
  bool unsynced_ = false;  // something was appended since the last sync

  LedgerQueue queue_;
  // The file lacks something that memory has, so it must be written anew.
  std::atomic<bool> behind_{false};

  mutable std::mutex wake_mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable flushed_;
  bool stopping_ = false;
  bool worth_writing_ = false;
  uint64_t flush_asked_ = 0;
  uint64_t flush_done_ = 0;
  absl::Status latest_;

  ReadReport read_;
  uint64_t damaged_records_ = 0;
  std::atomic<uint64_t> flushes_{0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<uint64_t> overruns_{0};
  std::atomic<uint64_t> compactions_{0};
  std::atomic<uint64_t> file_bytes_{0};
  std::thread thread_;
};

}  // namespace latchkey

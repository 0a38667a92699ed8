#include "adapters/memory/ledger_log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/little_endian.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr std::string_view kMagic = "LKLEDGER";
// Its payloads are batches of items (ledger_batches.h). In version 1 each was one item without its length.
constexpr uint32_t kVersion = 2;
constexpr uint32_t kOldestVersion = 1;
constexpr size_t kLengthBytes = LedgerBatches::kLengthBytes;
constexpr size_t kItemBytes = LedgerBatches::kItemBytes;
constexpr size_t kItemHead = kItemBytes - kLengthBytes;  // behind the length
constexpr int kExpireStepsEachFlush = 16;
// After a new file could not be written.
constexpr std::chrono::seconds kRestAfterFailure(10);

// The length of the first of these items, with its head; more than there are bytes when it is not whole.
size_t ItemSize(std::string_view items) {
  return items.size() < kItemBytes ? kItemBytes : kItemBytes + LittleEndianAt(items, 0, kLengthBytes);
}

// Puts one item, without its length, back. Whole, but not a record: counted and left out.
absl::Status RestoreOne(std::string_view item, MemorySignalStore& store, uint64_t& damaged) {
  if (item.size() < kItemHead) return ++damaged, absl::OkStatus();
  const Key key{.high = LittleEndianAt(item, 0, 8), .low = LittleEndianAt(item, 8, 8)};
  const TimePoint keep_until{Duration(static_cast<int64_t>(LittleEndianAt(item, 16, 8)))};
  absl::Status restored = store.Restore(key, item.substr(kItemHead), keep_until);
  if (restored.ok() || absl::IsUnimplemented(restored)) return restored;
  ++damaged;
  return absl::OkStatus();
}

absl::Status RestoreBatch(std::string_view items, MemorySignalStore& store, uint64_t& damaged) {
  while (!items.empty()) {
    const size_t size = ItemSize(items);
    if (size > items.size()) return ++damaged, absl::OkStatus();
    LATCHKEY_RETURN_IF_ERROR(RestoreOne(items.substr(kLengthBytes, size - kLengthBytes), store, damaged));
    items.remove_prefix(size);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerLog>> LedgerLog::Open(LedgerOptions options, const Clock& clock,
                                                           MemorySignalStore& store) {
  ReadReport read;
  uint64_t damaged = 0;
  absl::Status newer;
  absl::StatusOr<FramedFile> file = FramedFile::Open(
      options.path,
      {.magic = kMagic, .version = kVersion, .environment = options.environment, .oldest = kOldestVersion},
      [&](std::string_view payload) {
        if (!newer.ok()) return;
        newer = read.version == kVersion ? RestoreBatch(payload, store, damaged)
                                         : RestoreOne(payload, store, damaged);
      },
      read);
  if (!file.ok()) return file.status();
  if (!newer.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.path, ": holds records of a newer release; it was left as it is"));
  }
  std::unique_ptr<LedgerLog> log(new LedgerLog(std::move(options), clock, store, *std::move(file)));
  log->read_ = read;
  log->damaged_records_ = damaged;
  // Nothing is added to a file of another version.
  if (read.version != kVersion) LATCHKEY_RETURN_IF_ERROR(log->Compact());
  store.AttachSink(log.get());
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  return log;
}

LedgerLog::LedgerLog(LedgerOptions options, const Clock& clock, MemorySignalStore& store, FramedFile file)
    : options_(std::move(options)),
      clock_(clock),
      store_(store),
      file_(std::move(file)),
      queue_(options_.queue_bytes_max),
      file_bytes_(file_.size()) {}

LedgerLog::~LedgerLog() {
  store_.AttachSink(nullptr);
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LedgerLog::Put(const Key& key, std::string_view bytes, TimePoint keep_until) {
  switch (queue_.Add(key, bytes, keep_until)) {
    case LedgerQueue::Added::kWaits:
      return;
    case LedgerQueue::Added::kOverran:
      behind_ = true;
      overruns_.fetch_add(1, std::memory_order_relaxed);
      return;
    case LedgerQueue::Added::kWorthWriting: {
      const std::lock_guard lock(wake_mutex_);
      worth_writing_ = true;
    }
      wake_.notify_one();
  }
}

absl::Status LedgerLog::Flush() {
  std::unique_lock lock(wake_mutex_);
  const uint64_t asked = ++flush_asked_;
  wake_.notify_one();
  flushed_.wait(lock, [&] { return flush_done_ >= asked; });
  return latest_;
}

absl::Status LedgerLog::status() const {
  const std::lock_guard lock(wake_mutex_);
  return latest_;
}

LedgerMetrics LedgerLog::metrics() const {
  LedgerMetrics metrics{.read = read_, .damaged_records = damaged_records_};
  metrics.flushes = flushes_.load(std::memory_order_relaxed);
  metrics.failures = failures_.load(std::memory_order_relaxed);
  metrics.overruns = overruns_.load(std::memory_order_relaxed);
  metrics.compactions = compactions_.load(std::memory_order_relaxed);
  metrics.file_bytes = file_bytes_.load(std::memory_order_relaxed);
  metrics.queued_bytes = queue_.bytes();
  return metrics;
}

void LedgerLog::Run() {
  auto synced = std::chrono::steady_clock::now();
  for (bool last = false; !last;) {
    uint64_t asked = 0;
    bool flush = false;
    {
      std::unique_lock lock(wake_mutex_);
      const auto asks = [&] { return stopping_ || flush_asked_ > flush_done_; };
      const auto due = synced + options_.flush_every;
      wake_.wait_until(lock, due, [&] { return asks() || worth_writing_; });
      flush = asks() || std::chrono::steady_clock::now() >= due;
      last = stopping_;
      asked = flush_asked_;
      worth_writing_ = false;
    }
    if (!flush) {
      (void)AppendQueue(nullptr);  // What fails is queued still, and told of by the next flush.
      continue;
    }
    absl::Status status = WriteQueue(nullptr);
    synced = std::chrono::steady_clock::now();
    const bool due = behind_ || (status.ok() && WorthCompacting());
    if (due && std::chrono::steady_clock::now() >= rest_until_) status = Compact();
    if (status.ok() && behind_) status = absl::UnavailableError("the log lacks what memory has");
    if (!status.ok()) failures_.fetch_add(1, std::memory_order_relaxed);
    for (int i = 0; i < kExpireStepsEachFlush; ++i) (void)store_.Expire();
    file_bytes_.store(file_.size(), std::memory_order_relaxed);
    {
      const std::lock_guard lock(wake_mutex_);
      latest_ = status;
      flush_done_ = asked;
    }
    flushed_.notify_all();
  }
}

bool LedgerLog::WorthCompacting() const {
  const MemoryStoreMetrics live = store_.metrics();
  const size_t overhead = live.entries * RecordTable::kEntryOverhead;
  const uint64_t live_bytes = live.bytes - std::min(live.bytes, overhead) + live.entries * kItemBytes;
  return file_.size() > std::max(options_.compact_above, 2 * live_bytes);
}

absl::Status LedgerLog::AppendQueue(FramedFile* successor) {
  return queue_.Drain([&](std::string_view frames) {
    absl::Status status = file_.Append(frames);
    if (!status.ok()) return status;
    unsynced_ = true;
    return successor == nullptr ? status : successor->Append(frames);
  });
}

absl::Status LedgerLog::WriteQueue(FramedFile* successor) {
  LATCHKEY_RETURN_IF_ERROR(AppendQueue(successor));
  if (!unsynced_) return absl::OkStatus();
  if (absl::Status status = file_.Sync(); !status.ok()) {
    // After a failed sync nobody knows what the disk holds, so this file is not to be trusted further.
    behind_ = true;
    return status;
  }
  unsynced_ = false;
  flushes_.fetch_add(1, std::memory_order_relaxed);
  return absl::OkStatus();
}

// The new file holds, for each key, what it was when its stripe was copied; and after that each write since,
// in order. A write older than the copy may follow it, but then so do all between it and the copy, of which
// the last one is what was copied. So the last frame of each key is its record.
absl::Status LedgerLog::Compact() {
  LATCHKEY_ASSIGN_OR_RETURN(FramedFile successor, file_.StartSuccessor());
  const bool was_behind = behind_.exchange(false);
  const absl::Status status = Fill(successor, was_behind);
  if (status.ok()) {
    compactions_.fetch_add(1, std::memory_order_relaxed);
    return status;
  }
  successor.Discard();
  if (was_behind) behind_ = true;
  rest_until_ = std::chrono::steady_clock::now() + kRestAfterFailure;
  return status;
}

absl::Status LedgerLog::Fill(FramedFile& successor, bool was_behind) {
  // A file that is behind cannot be mended by appending to it.
  const auto drain = [&] {
    if (!was_behind) return WriteQueue(&successor);
    return queue_.Drain([&](std::string_view frames) { return successor.Append(frames); });
  };
  auto drained = std::chrono::steady_clock::now();
  for (size_t stripe = 0; stripe < RecordTable::kStripes; ++stripe) {
    LedgerBatches items;
    store_.table().ForEachOfStripe(stripe, clock_.Now(),
                                   [&](const Key& key, const RecordTable::Entry& entry) {
                                     items.Add(key, entry.bytes(), entry.keep_until());
                                   });
    LATCHKEY_RETURN_IF_ERROR(successor.Append(items.Close()));
    if (std::chrono::steady_clock::now() - drained < options_.flush_every) continue;
    LATCHKEY_RETURN_IF_ERROR(drain());
    drained = std::chrono::steady_clock::now();
  }
  LATCHKEY_RETURN_IF_ERROR(drain());
  return file_.Replace(std::move(successor));
}

}  // namespace latchkey

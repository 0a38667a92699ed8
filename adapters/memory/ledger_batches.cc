#include "adapters/memory/ledger_batches.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/base/little_endian.h"
#include "engine/base/prefetch.h"

namespace latchkey {
namespace {

constexpr size_t kBatchBytes = size_t{64} << 10U;
static_assert(kBatchBytes + LedgerBatches::kItemBytes + size_t{64} * 1024 < FramedFile::kPayloadMax);

}  // namespace

void LedgerBatches::Add(const Key& key, std::string_view record, TimePoint keep_until) {
  if (starts_.empty() || frames_.size() - starts_.back() >= FramedFile::kFrameHead + kBatchBytes) {
    starts_.push_back(frames_.size());
    frames_.append(FramedFile::kFrameHead, '\0');
  }
  std::array<char, kItemBytes> head;
  PutLittleEndian(record.size(), kLengthBytes, head.data());
  PutLittleEndian(key.high, 8, head.data() + kLengthBytes);
  PutLittleEndian(key.low, 8, head.data() + kLengthBytes + 8);
  const auto due = static_cast<uint64_t>(keep_until.time_since_epoch().count());
  PutLittleEndian(due, 8, head.data() + kLengthBytes + 16);
  frames_.append(head.data(), head.size()).append(record);
  // Where the next one will lie: whoever adds it holds a lock until it is written.
  constexpr size_t kUsual = 256;
  const size_t room = frames_.capacity() - frames_.size();
  Prefetch<For::kWriting>(frames_.data() + frames_.size(), std::min(room, kUsual));
}

void LedgerBatches::Prepend(LedgerBatches earlier) {
  for (const size_t start : starts_) earlier.starts_.push_back(earlier.frames_.size() + start);
  earlier.frames_ += frames_;
  *this = std::move(earlier);
}

void LedgerBatches::Clear() {
  frames_.clear();
  starts_.clear();
}

std::string_view LedgerBatches::Close() {
  for (size_t i = 0; i < starts_.size(); ++i) {
    const size_t end = i + 1 < starts_.size() ? starts_[i + 1] : frames_.size();
    FramedFile::FillHead(std::span(frames_).subspan(starts_[i], end - starts_[i]));
  }
  return frames_;
}

}  // namespace latchkey

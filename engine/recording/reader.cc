#include "engine/recording/reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"
#include "engine/recording/event_codec.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr size_t kChunk = size_t{256} << 10U;

// The size of the whole frame at the start of `bytes`, when its head makes sense and it is all there.
std::optional<size_t> FrameSize(std::string_view bytes) {
  if (bytes.size() < kFrameHead) return std::nullopt;
  const size_t payload = FrameIntAt(bytes, 0);
  if (payload > kFramePayloadMax || bytes.size() - kFrameHead < payload) return std::nullopt;
  return kFrameHead + payload;
}

bool IsGood(std::string_view bytes, size_t size) {
  return FrameIntAt(bytes, 4) == Crc32(bytes.substr(0, 4), bytes.substr(kFrameHead, size - kFrameHead));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingReader>> RecordingReader::Open(std::string name,
                                                                       std::unique_ptr<ByteSource> source) {
  std::unique_ptr<RecordingReader> reader(new RecordingReader(std::move(name), std::move(source)));
  LATCHKEY_ASSIGN_OR_RETURN(reader->header_, reader->ReadHeader());
  return reader;
}

absl::Status RecordingReader::Wrong(std::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(name_, ": byte ", position_, ": ", ToAbsl(what)));
}

void RecordingReader::Note(std::string what) {
  if (tally_.first_damages.size() < RecordingTally::kShownMax)
    tally_.first_damages.push_back({position_, std::move(what)});
}

absl::Status RecordingReader::Fill(size_t size) {
  if (at_end_ || rest().size() >= size) return absl::OkStatus();
  buffer_.erase(0, start_);
  start_ = 0;
  while (!at_end_ && buffer_.size() < size) {
    const size_t had = buffer_.size();
    buffer_.resize(had + kChunk);
    absl::StatusOr<size_t> got = source_->Read(buffer_.data() + had, kChunk);
    buffer_.resize(had + (got.ok() ? *got : 0));
    if (!got.ok()) return got.status();
    at_end_ = *got == 0;
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordingHeader> RecordingReader::ReadHeader() {
  LATCHKEY_RETURN_IF_ERROR(Fill(kRecordingHeaderMax));
  const std::string_view bytes = rest();
  if (!bytes.starts_with(kRecordingMagic)) return Wrong("not a recording of Latchkey; is --format right?");
  if (bytes.size() < kRecordingHeaderFixed) return Wrong("the header is cut short");
  const uint32_t version = FrameIntAt(bytes, kRecordingMagic.size());
  if (version != kRecordingVersion) {
    return absl::FailedPreconditionError(absl::StrCat(name_, ": byte ", position_,
                                                      ": a recording of version ", version,
                                                      ", this release reads version ", kRecordingVersion));
  }
  const size_t length = FrameIntAt(bytes, kRecordingMagic.size() + 4);
  const size_t crc_at = kRecordingHeaderFixed + length;
  if (length > kRecordingHeaderMax || bytes.size() < crc_at + 4) return Wrong("the header is cut short");
  if (FrameIntAt(bytes, crc_at) != Crc32(bytes.substr(0, crc_at))) return Wrong("the header is damaged");
  MsgpackReader in(bytes.substr(kRecordingHeaderFixed, length));
  const size_t fields = in.Array();
  RecordingHeader header{.environment = std::string(in.Bytes()), .names = in.Int() != 0};
  header.started = TimePoint(Duration(in.Int()));
  header.share_millionths = in.Int();
  if (fields != 4 || !in.ok()) return Wrong("the header is damaged");
  Skip(crc_at + 4);
  return header;
}

absl::Status RecordingReader::SkipToHeader() {
  for (size_t from = 1;; from = 0) {
    const size_t at = rest().find(kRecordingMagic, from);
    const size_t last = rest().size() - std::min(rest().size(), kRecordingMagic.size() - 1);
    const size_t skipped = at != std::string_view::npos ? at : at_end_ ? rest().size() : std::max(from, last);
    tally_.lost_bytes += skipped;
    Skip(skipped);
    if (at != std::string_view::npos || rest().empty()) return absl::OkStatus();
    LATCHKEY_RETURN_IF_ERROR(Fill(kChunk));
  }
}

absl::StatusOr<std::optional<RecordedEvent>> RecordingReader::Next() {
  while (true) {
    LATCHKEY_RETURN_IF_ERROR(Fill(2 * (kFrameHead + kFramePayloadMax)));
    if (rest().empty()) return std::nullopt;
    if (rest().starts_with(kRecordingMagic)) {
      LATCHKEY_ASSIGN_OR_RETURN(const RecordingHeader next, ReadHeader());
      if (next.environment != header_.environment) {
        return Wrong(absl::StrCat("a recording of environment '", next.environment, "' follows one of '",
                                  header_.environment, "'"));
      }
      continue;
    }
    const std::optional<size_t> size = FrameSize(rest());
    if (!size) {
      Note("cut short");
      LATCHKEY_RETURN_IF_ERROR(SkipToHeader());
      continue;
    }
    if (!IsGood(rest(), *size)) {
      ++tally_.damaged;
      Note("the checksum is wrong");
      // Damage in the middle has a good frame or a header behind it; else this is where a writer left off.
      const std::string_view behind = rest().substr(*size);
      const std::optional<size_t> next = FrameSize(behind);
      if (behind.starts_with(kRecordingMagic) || (next && IsGood(behind, *next))) {
        Skip(*size);
      } else {
        LATCHKEY_RETURN_IF_ERROR(SkipToHeader());
      }
      continue;
    }
    std::optional<RecordedEvent> event = DecodeEvent(rest().substr(kFrameHead, *size - kFrameHead));
    if (!event) {
      ++tally_.damaged;
      Note("not an event");
    }
    Skip(*size);
    if (!event) continue;
    ++tally_.events;
    return event;
  }
}

}  // namespace latchkey

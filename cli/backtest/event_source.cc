#include "cli/backtest/event_source.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey::cli {
namespace {

constexpr uint64_t kMask63 = INT64_MAX;

// FNV-1a.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x0000'0100'0000'01B3ULL;
  return hash;
}

class LogSource final : public EventSource {
 public:
  LogSource(std::string name, std::unique_ptr<std::istream> owned, std::istream& in,
            std::unique_ptr<LogFormat> format, LogOptions options)
      : owned_(std::move(owned)), reader_(in), format_(std::move(format)), options_(std::move(options)) {
    tally_.name = std::move(name);
    tally_.lines = true;
  }

  absl::StatusOr<std::optional<RecordedEvent>> Next() override {
    while (waiting_.empty()) {
      if (left_ > 0) {
        Emit();
      } else if (!reader_.Next()) {
        return std::nullopt;
      } else {
        TakeLine();
      }
    }
    RecordedEvent event = std::move(waiting_.front());
    waiting_.pop_front();
    return event;
  }
  SourceTally tally() const override { return tally_; }
  uint64_t bytes_read() const override { return bytes_; }

 private:
  void Bad(std::string why) {
    ++tally_.broken;
    if (tally_.first_broken.size() < SourceTally::kShownMax)
      tally_.first_broken.push_back({reader_.number(), std::move(why)});
  }

  void TakeLine() {
    ++tally_.read;
    bytes_ += reader_.line().size() + 1;
    if (reader_.too_long()) return Bad("longer than 8192 bytes");
    const ParsedLine line = format_->Parse(reader_.line());
    if (line.kind == LineKind::kBroken) return Bad(line.why);
    if (line.kind != LineKind::kLogin) return;
    const v1::LoginEvent& event = line.event;
    if (!event.has_occur_time()) return Bad("no time: a replay needs to know when it was");
    attempt_ = RecordedAttempt();
    attempt_.decided = false;
    attempt_.at = TimePoint(std::chrono::seconds(event.occur_time().seconds()) +
                            std::chrono::milliseconds(event.occur_time().nanos() / 1'000'000));
    attempt_.tenant = event.tenant().empty() ? options_.tenant : event.tenant();
    attempt_.account = event.account();
    attempt_.source = event.source();
    attempt_.path = event.path().empty() ? "web" : event.path();
    if (event.factor() != v1::FACTOR_UNSPECIFIED) attempt_.factor = static_cast<Factor>(event.factor() - 1);
    attempt_.first_factor_passed = attempt_.factor == Factor::kOneTimeCode;  // else none would be asked for
    attempt_.can_challenge = options_.can_challenge;
    outcome_ = static_cast<Outcome>(event.outcome());
    left_ = line.times;
    const uint64_t hash = HashOf(reader_.line());
    line_hash_ = hash + 0x9E37'79B9'7F4A'7C15ULL * static_cast<uint64_t>(Occurrence(hash));
  }

  // How often this very line has stood in this log lately: the same line twice in one log is two logins, in
  // two logs it is one.
  int Occurrence(uint64_t hash) {
    constexpr size_t kRemembered = 8192;
    recent_.push_back(hash);
    if (recent_.size() > kRemembered) {
      const auto oldest = occurrences_.find(recent_.front());
      if (--oldest->second.live == 0) occurrences_.erase(oldest);
      recent_.pop_front();
    }
    Seen& seen = occurrences_[hash];
    ++seen.live;
    return seen.all++;
  }

  void Emit() {
    line_hash_ = line_hash_ * 0x5851'F42D'4C95'7F2DULL + 1;
    attempt_.decision = std::max<uint64_t>(1, line_hash_ & kMask63);
    waiting_.emplace_back(attempt_);
    waiting_.emplace_back(
        RecordedOutcome{.at = attempt_.at, .decision = attempt_.decision, .outcome = outcome_});
    --left_;
  }

  struct Seen {
    int live = 0;
    int all = 0;
  };
  std::unique_ptr<std::istream> owned_;
  LineReader reader_;
  std::unique_ptr<LogFormat> format_;
  LogOptions options_;
  SourceTally tally_;
  uint64_t bytes_ = 0;
  RecordedAttempt attempt_;
  Outcome outcome_ = Outcome::kWrong;
  int64_t left_ = 0;  // repetitions of the line that are not given out yet
  uint64_t line_hash_ = 0;
  std::deque<RecordedEvent> waiting_;
  std::deque<uint64_t> recent_;
  absl::flat_hash_map<uint64_t, Seen> occurrences_;
};

class RecordingSource final : public EventSource {
 public:
  explicit RecordingSource(std::unique_ptr<RecordingReader> reader) : reader_(std::move(reader)) {}
  absl::StatusOr<std::optional<RecordedEvent>> Next() override { return reader_->Next(); }
  SourceTally tally() const override {
    const RecordingTally& read = reader_->tally();
    SourceTally tally{.name = reader_->name(), .read = read.events, .broken = read.damaged};
    tally.lost_bytes = read.lost_bytes;
    for (const auto& damage : read.first_damages)
      tally.first_broken.push_back({static_cast<int64_t>(damage.position), damage.what});
    return tally;
  }
  uint64_t bytes_read() const override { return reader_->position(); }

 private:
  std::unique_ptr<RecordingReader> reader_;
};

}  // namespace

std::unique_ptr<EventSource> ReadLog(std::string name, std::unique_ptr<std::istream> owned, std::istream& in,
                                     std::unique_ptr<LogFormat> format, LogOptions options) {
  return std::make_unique<LogSource>(std::move(name), std::move(owned), in, std::move(format),
                                     std::move(options));
}

std::unique_ptr<EventSource> ReadRecording(std::unique_ptr<RecordingReader> reader) {
  return std::make_unique<RecordingSource>(std::move(reader));
}

absl::StatusOr<size_t> StreamSource::Read(char* buffer, size_t size) {
  in_.read(buffer, static_cast<std::streamsize>(size));
  if (in_.bad()) return absl::UnavailableError("the input cannot be read");
  return static_cast<size_t>(in_.gcount());
}

MergedSources::MergedSources(std::vector<std::unique_ptr<EventSource>> sources)
    : sources_(std::move(sources)) {}

namespace {
constexpr auto kLater = [](const auto& a, const auto& b) {
  const TimePoint at = TimeOf(a.event);
  const TimePoint other = TimeOf(b.event);
  return at != other ? at > other : a.source > b.source;
};
}  // namespace

absl::Status MergedSources::Pull(size_t source) {
  LATCHKEY_ASSIGN_OR_RETURN(std::optional<RecordedEvent> event, sources_[source]->Next());
  if (!event) return absl::OkStatus();
  heads_.push_back({*std::move(event), source});
  std::push_heap(heads_.begin(), heads_.end(), kLater);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<RecordedEvent>> MergedSources::Next() {
  if (!std::exchange(started_, true)) {
    for (size_t i = 0; i < sources_.size(); ++i) LATCHKEY_RETURN_IF_ERROR(Pull(i));
  }
  if (heads_.empty()) return std::nullopt;
  std::pop_heap(heads_.begin(), heads_.end(), kLater);
  Head head = std::move(heads_.back());
  heads_.pop_back();
  LATCHKEY_RETURN_IF_ERROR(Pull(head.source));
  return std::move(head.event);
}

uint64_t MergedSources::bytes_read() const {
  uint64_t bytes = 0;
  for (const auto& source : sources_) bytes += source->bytes_read();
  return bytes;
}

}  // namespace latchkey::cli

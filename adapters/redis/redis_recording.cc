#include "adapters/redis/redis_recording.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr Duration kLookEvery{500};
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr int kEntriesAtATime = 32;

absl::StatusOr<Reply> AskAndWait(RedisClient& client, const std::string& key,
                                 const std::vector<std::string>& args) {
  return AwaitReply([&](RedisClient::Done done) { client.Send(key, args, kPatience, std::move(done)); });
}

// The end of the last whole frame within the first `size` bytes from `begin`; at least one frame.
size_t EndOfEntry(const std::string& frames, size_t begin, size_t size) {
  size_t end = begin;
  do {
    end += kFrameHead + FrameIntAt(frames, end);
  } while (end < frames.size() && end + kFrameHead + FrameIntAt(frames, end) - begin <= size);
  return end;
}

}  // namespace

std::string RecordingKey(const std::string& environment) { return absl::StrCat("lk:{", environment, ":r}"); }

RedisRecording::RedisRecording(RedisRecordingOptions options, RedisClient& client, RecordingQueue& queue,
                               const Clock& clock)
    : options_(std::move(options)),
      key_(RecordingKey(options_.header.environment)),
      client_(client),
      queue_(queue),
      clock_(clock),
      thread_([this] { Run(); }) {}

RedisRecording::~RedisRecording() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void RedisRecording::Run() {
  TimePoint written = clock_.Now();
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kLookEvery, [this] { return stopping_; });
      last = stopping_;
    }
    const TimePoint now = clock_.Now();
    if (!last && queue_.waiting_bytes() < kEntryBytes && now - written < options_.write_every) continue;
    written = now;
    const RecordingQueue::Batch batch = queue_.Take();
    if (batch.events == 0) continue;
    Write(batch.frames) ? queue_.Kept(batch) : queue_.Failed(batch);
  }
}

bool RedisRecording::Ask(const std::vector<std::string>& args) {
  return AskAndWait(client_, key_, args).ok();
}

bool RedisRecording::Write(const std::string& frames) {
  RecordingHeader header = options_.header;
  header.started = clock_.Now();
  const std::string head = EncodeHeader(header);
  const std::string most = absl::StrCat(std::max<uint64_t>(1, options_.bytes_max / kEntryBytes));
  for (size_t begin = 0; begin < frames.size();) {
    const size_t end = EndOfEntry(frames, begin, kEntryBytes);
    if (!Ask({"XADD", key_, "MAXLEN", "~", most, "*", "h", head, "f", frames.substr(begin, end - begin)}))
      return false;
    begin = end;
  }
  const TimePoint oldest = clock_.Now() - options_.age_max;
  const bool trimmed = Ask({"XTRIM", key_, "MINID", "~", absl::StrCat(oldest.time_since_epoch().count())});
  return Ask({"PEXPIRE", key_, absl::StrCat(options_.age_max.count())}) && trimmed;
}

absl::StatusOr<std::unique_ptr<RedisRecordingSource>> RedisRecordingSource::Open(RedisSettings settings) {
  std::unique_ptr<RedisRecordingSource> source(new RedisRecordingSource());
  source->key_ = RecordingKey(settings.environment);
  settings.threads = 1;
  settings.connection.client_name = "latchkey-backtest";
  settings.connection.connect_timeout = std::chrono::seconds(2);
  LATCHKEY_ASSIGN_OR_RETURN(source->client_, OpenRedisClient(settings, nullptr));
  const absl::StatusOr<Reply> there = AskAndWait(*source->client_, source->key_, {"EXISTS", source->key_});
  if (!there.ok()) return there.status();
  if (there->integer == 0) {
    return absl::NotFoundError(absl::StrCat(source->client_->display(), ": no recording of environment '",
                                            settings.environment, "'"));
  }
  return source;
}

absl::StatusOr<size_t> RedisRecordingSource::Read(char* buffer, size_t size) {
  while (given_ == waiting_.size()) {
    waiting_.clear();
    given_ = 0;
    LATCHKEY_ASSIGN_OR_RETURN(const Reply entries,
                              AskAndWait(*client_, key_,
                                         {"XRANGE", key_, last_id_ == "-" ? "-" : absl::StrCat("(", last_id_),
                                          "+", "COUNT", absl::StrCat(kEntriesAtATime)}));
    if (entries.elements.empty()) return size_t{0};
    for (const Reply& entry : entries.elements) {
      if (entry.elements.size() != 2) return absl::DataLossError(absl::StrCat(key_, ": not a recording"));
      last_id_ = entry.elements[0].text;
      // Names and values by turns: h, header, f, frames.
      const std::vector<Reply>& fields = entry.elements[1].elements;
      for (size_t i = 1; i < fields.size(); i += 2) waiting_ += fields[i].text;
    }
  }
  const size_t taken = std::min(size, waiting_.size() - given_);
  std::copy_n(waiting_.begin() + static_cast<std::ptrdiff_t>(given_), taken, buffer);
  given_ += taken;
  return taken;
}

}  // namespace latchkey

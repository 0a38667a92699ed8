#include "cli/record_stream.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/log_formats/line_reader.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey::cli {
namespace {

constexpr int kFrameEvents = 500;  // the contract allows 1000
constexpr int64_t kProgressLines = 2000;

// The open stream, made when the first frame is full.
class EventStream {
 public:
  EventStream(Session& session, const RecordOptions& options) : session_(session), options_(options) {}

  // False when the server has ended the stream; Finish says why.
  absl::StatusOr<bool> Add(const v1::LoginEvent& event, int64_t line) {
    *frame_.add_events() = event;
    lines_.push_back(line);
    return frame_.events_size() < kFrameEvents ? true : Flush();
  }

  // The summary; nothing was sent when no event was added.
  absl::StatusOr<v1::RecordEventsResponse> Finish() {
    if (frame_.events_size() > 0) LATCHKEY_RETURN_IF_ERROR(Flush().status());
    if (!writer_) return response_;
    writer_->WritesDone();
    const grpc::Status status = writer_->Finish();
    if (!status.ok()) return session_.ToStatus(status);
    return response_;
  }

  // The line of the event at `position` in the stream; 0 when there is none.
  [[nodiscard]] int64_t LineOf(int64_t position) const {
    return position >= 0 && position < static_cast<int64_t>(lines_.size())
               ? lines_[static_cast<size_t>(position)]
               : 0;
  }

 private:
  absl::Status Open() {
    LATCHKEY_ASSIGN_OR_RETURN(const auto channel, session_.Channel());
    stub_ = v1::LoginGuardService::NewStub(channel);
    const Settings& settings = session_.settings();
    session_.Prepare(context_, settings.timeout_given ? std::optional(settings.timeout) : std::nullopt);
    writer_ = stub_->RecordEvents(&context_, &response_);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Flush() {
    if (!writer_) LATCHKEY_RETURN_IF_ERROR(Open());
    frame_.set_import_logins(options_.import_logins);
    const bool written = writer_->Write(frame_);
    frame_.Clear();
    return written;
  }

  Session& session_;
  const RecordOptions& options_;
  grpc::ClientContext context_;
  v1::RecordEventsRequest frame_;
  v1::RecordEventsResponse response_;
  std::unique_ptr<v1::LoginGuardService::Stub> stub_;
  std::unique_ptr<grpc::ClientWriter<v1::RecordEventsRequest>> writer_;
  std::vector<int64_t> lines_;  // of each event, to say which line the server refused
};

void Count(const ParsedLine& parsed, int64_t number, RecordTally& tally) {
  ++tally.lines;
  switch (parsed.kind) {
    case LineKind::kLogin:
      ++tally.logins;
      tally.events += parsed.times;
      break;
    case LineKind::kNotice:
      ++tally.notices;
      break;
    case LineKind::kOther:
      ++tally.others;
      break;
    case LineKind::kBroken:
      ++tally.broken;
      if (tally.first_broken.size() < RecordTally::kShownMax)
        tally.first_broken.push_back({number, parsed.why});
      break;
  }
}

}  // namespace

absl::StatusOr<Recorded> RecordLog(Session& session, std::istream& in, LogFormat& format,
                                   const RecordOptions& options) {
  Recorded recorded;
  EventStream stream(session, options);
  LineReader reader(in);
  bool open = true;
  while (open && reader.Next()) {
    ParsedLine parsed = reader.too_long() ? Broken("longer than 8192 bytes") : format.Parse(reader.line());
    Count(parsed, reader.number(), recorded.tally);
    if (parsed.event.tenant().empty()) parsed.event.set_tenant(session.settings().tenant);
    for (int64_t i = 0; open && parsed.kind == LineKind::kLogin && i < parsed.times; ++i) {
      LATCHKEY_ASSIGN_OR_RETURN(open, stream.Add(parsed.event, reader.number()));
    }
    if (options.progress && recorded.tally.lines % kProgressLines == 0) options.progress(recorded.tally);
  }
  LATCHKEY_ASSIGN_OR_RETURN(recorded.summary, stream.Finish());
  for (const auto& refusal : recorded.summary.refusals()) {
    recorded.tally.first_refused.push_back({stream.LineOf(refusal.position()), refusal.problem().message()});
  }
  return recorded;
}

}  // namespace latchkey::cli

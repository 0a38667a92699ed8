#include "adapters/siem/siem_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr char kStandardOutput[] = "-";
// What is written at once.
constexpr size_t kPartBytes = size_t{64} * 1024;

int OpenFile(const std::string& path) {
  if (path == kStandardOutput) return STDOUT_FILENO;
  return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

void CloseFile(int file) {
  if (file > STDERR_FILENO) close(file);
}

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SiemLog>> SiemLog::Open(Options options, std::unique_ptr<SiemFormat> format) {
  const int file = OpenFile(options.path);
  if (file < 0)
    return absl::UnavailableError(absl::StrCat("siem.path: ", options.path, ": cannot be opened"));
  std::unique_ptr<SiemLog> log(new SiemLog(std::move(options), std::move(format), file));
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  return log;
}

SiemLog::~SiemLog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  CloseFile(file_);
}

void SiemLog::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  Push(EventOf(attempt, facts, decision, options_.show_names));
}

void SiemLog::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  Push(EventOf(token, outcome, now));
}

void SiemLog::OnIncident(const Notice& notice) { Push(notice); }

void SiemLog::Push(Event event) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_max) {
      ++dropped_;
      return;
    }
    first = queue_.empty();
    queue_.push_back(std::move(event));
  }
  if (first) wake_.notify_one();
}

void SiemLog::Run() {
  std::vector<Event> events;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      events.swap(queue_);
    }
    Write(events);
    events.clear();
  }
}

void SiemLog::Write(const std::vector<Event>& events) {
  if (reopen_.exchange(false)) {
    CloseFile(file_);
    file_ = OpenFile(options_.path);
  }
  std::string part;
  uint64_t lines = 0;
  const auto flush = [&] {
    (WriteAll(file_, part) ? written_ : failed_) += lines;
    part.clear();
    lines = 0;
  };
  for (const Event& event : events) {
    const auto* login = std::get_if<LoginEvent>(&event);
    absl::StrAppend(&part,
                    login != nullptr ? format_->Login(*login)
                                     : format_->Incident(std::get<Notice>(event), options_.show_names),
                    "\n");
    ++lines;
    if (part.size() >= kPartBytes) flush();
  }
  if (lines > 0) flush();
}

SiemCounts SiemLog::counts() const { return {.written = written_, .dropped = dropped_, .failed = failed_}; }

}  // namespace latchkey

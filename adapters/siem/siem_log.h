// Lines for a SIEM, in a file or on standard output, written by a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/siem/siem_event.h"

namespace latchkey {

struct SiemCounts {
  uint64_t written = 0;
  uint64_t dropped = 0;  // came faster than they could be written
  uint64_t failed = 0;   // the file did not take them
};

// Thread-safe. Nobody who reports to it ever waits: what has no room in its queue is dropped and counted.
class SiemLog final : public DecisionObserver {
 public:
  static constexpr size_t kQueueMax = 32'768;

  struct Options {
    std::string path;  // "-": standard output
    bool show_names = false;
    size_t queue_max = kQueueMax;
  };
  // Appends to the file. kUnavailable when it cannot be opened.
  static absl::StatusOr<std::unique_ptr<SiemLog>> Open(Options options, std::unique_ptr<SiemFormat> format);
  ~SiemLog() override;  // writes what waits
  SiemLog(const SiemLog&) = delete;
  SiemLog& operator=(const SiemLog&) = delete;

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;
  void OnIncident(const Notice& notice);

  // Closes the file and opens it by its name again: whoever rotates it has moved it away.
  void Reopen() { reopen_ = true; }
  [[nodiscard]] SiemCounts counts() const;

 private:
  using Event = std::variant<LoginEvent, Notice>;

  SiemLog(Options options, std::unique_ptr<SiemFormat> format, int file)
      : options_(std::move(options)), format_(std::move(format)), file_(file) {}
  void Push(Event event);
  void Run();
  void Write(const std::vector<Event>& events);

  const Options options_;
  const std::unique_ptr<SiemFormat> format_;
  int file_;
  std::atomic<bool> reopen_{false};
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> failed_{0};
  std::mutex mutex_;  // guards queue_ and ending_
  std::condition_variable wake_;
  std::vector<Event> queue_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace latchkey

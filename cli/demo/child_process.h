// A program run as a child of this process, ended by its process id.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace latchkey::demo {

// Thread-compatible. The child also ends when the thread that started it does.
class ChildProcess {
 public:
  // Its output and errors go to the file `log`; it does not inherit variables that begin with `scrub`.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command,
                                                             const std::string& log,
                                                             const std::string& scrub);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // How it ended, in words; nothing while it runs.
  std::optional<std::string> Ended();
  // Asks it to end, and after `patience` makes it.
  void Stop(absl::Duration patience);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<std::string> ended_;
};

}  // namespace latchkey::demo

// A program run as a child of this process, ended by its process id.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey {

// Thread-compatible. The child also ends when the thread that started it does.
class ChildProcess {
 public:
  struct Options {
    std::string log_file;  // takes its output and errors
    std::string scrub;     // variables that begin so are not inherited; empty: all are
  };

  // `command[0]` is a path, or a name to be looked for in PATH. kNotFound when there is none.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command,
                                                             const Options& options);
  ~ChildProcess();  // Stop(5s)
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // How it ended, in words; nothing while it runs.
  std::optional<std::string> Ended();
  // Its exit code, once it has ended by itself.
  std::optional<int> ExitCode();
  void Signal(int number) const;
  // Asks it to end, and after `patience` makes it.
  void Stop(Duration patience);
  // What it has said so far.
  [[nodiscard]] std::string Log() const;

 private:
  ChildProcess(pid_t pid, Options options) : pid_(pid), options_(std::move(options)) {}
  void Note(int status);

  pid_t pid_;
  Options options_;
  std::optional<std::string> ended_;
  std::optional<int> exit_code_;
};

}  // namespace latchkey

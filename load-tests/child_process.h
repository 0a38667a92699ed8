// A program that the load generator starts, measures and ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace latchkey::load {

// Keeps a process (this one: pid 0) on these processors. Nothing when the list is empty.
absl::Status PinTo(pid_t pid, const std::vector<int>& cpus);

// Ends with the object, or with this process if that dies first.
class ChildProcess {
 public:
  struct Options {
    std::vector<int> cpus;  // the processors it may run on; empty: all
    std::string log_file;   // takes its stdout and stderr
  };

  // `arguments[0]` is the program: a path, or a name to be looked for in PATH. kNotFound when there is none.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& arguments,
                                                             Options options);
  ~ChildProcess();  // SIGTERM, and SIGKILL after five seconds.
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const Options& options() const { return options_; }

  // False once it has ended.
  [[nodiscard]] bool Running();

  // What all its threads have used so far, user and system, as the kernel accounts it to the nanosecond.
  [[nodiscard]] std::chrono::nanoseconds CpuTime() const;

  // The last of what it has said, for error messages.
  [[nodiscard]] std::string LogTail() const;

 private:
  ChildProcess(pid_t pid, Options options) : pid_(pid), options_(std::move(options)) {}

  pid_t pid_;
  Options options_;
};

}  // namespace latchkey::load

// Where a process runs, and how much of a processor it has used.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "absl/status/status.h"

namespace latchkey::load {

// Keeps a process (this one: pid 0) on these processors. Nothing when the list is empty.
absl::Status PinTo(pid_t pid, const std::vector<int>& cpus);

// What all threads of a process have used so far, user and system, as the kernel accounts it to the
// nanosecond. Zero once it has ended.
[[nodiscard]] std::chrono::nanoseconds CpuTime(pid_t pid);

}  // namespace latchkey::load

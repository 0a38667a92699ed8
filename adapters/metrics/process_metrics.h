// The process itself, for Prometheus, under the names that all its clients use.
#pragma once

#include <string>

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
//   process_cpu_seconds_total  process_resident_memory_bytes  process_open_fds  process_start_time_seconds
//   latchkey_build_info{version}  1
class ProcessMetrics {
 public:
  ProcessMetrics(prometheus::Registry& registry, const std::string& version);
  // As it is now. A system without /proc shows zeros.
  void Update();

 private:
  prometheus::Counter* cpu_ = nullptr;
  prometheus::Gauge* resident_ = nullptr;
  prometheus::Gauge* open_files_ = nullptr;
};

}  // namespace latchkey

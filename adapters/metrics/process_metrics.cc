#include "adapters/metrics/process_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/metrics/raise.h"

namespace latchkey {
namespace {

prometheus::Gauge& OneGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessMetrics::ProcessMetrics(prometheus::Registry& registry, const std::string& version) {
  cpu_ = &prometheus::BuildCounter()
              .Name("process_cpu_seconds_total")
              .Help("Time of processors that the process has used")
              .Register(registry)
              .Add({});
  resident_ = &OneGauge(registry, "process_resident_memory_bytes", "Memory that the process holds");
  open_files_ = &OneGauge(registry, "process_open_fds", "Open files and connections");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  OneGauge(registry, "process_start_time_seconds", "When the process began, in seconds of Unix time")
      .Set(std::chrono::duration<double>(now).count());
  prometheus::BuildGauge()
      .Name("latchkey_build_info")
      .Help("1, with the version as a label")
      .Register(registry)
      .Add({{"version", version}})
      .Set(1);
}

void ProcessMetrics::Update() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    RaiseTo(*cpu_, SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime));
  std::ifstream pages("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  if (pages >> all >> resident) resident_->Set(static_cast<double>(resident * sysconf(_SC_PAGESIZE)));
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) open_files_->Set(static_cast<double>(std::distance(begin(files), end(files))));
}

}  // namespace latchkey

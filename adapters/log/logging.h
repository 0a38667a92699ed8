// The service's own log: JSON lines on standard error.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace latchkey {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Thread-safe; never blocks its callers: lines go through a bounded queue, and of too many the oldest are
// dropped.
class ServiceLog {
 public:
  // `level`: debug, info, warn or error.
  explicit ServiceLog(const std::string& level);
  ~ServiceLog();
  ServiceLog(const ServiceLog&) = delete;
  ServiceLog& operator=(const ServiceLog&) = delete;

  using Field = std::pair<std::string_view, std::string_view>;
  void Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {});

  // The same sink, for lines that are JSON already.
  [[nodiscard]] std::shared_ptr<spdlog::logger> raw() const { return logger_; }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace latchkey

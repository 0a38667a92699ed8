#include "adapters/log/logging.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace latchkey {
namespace {

constexpr size_t kQueueLines = 8192;

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

const char* NameOf(LogLevel level) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<size_t>(level)];
}

}  // namespace

ServiceLog::ServiceLog(const std::string& level) {
  spdlog::init_thread_pool(kQueueLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  logger_ = std::make_shared<spdlog::async_logger>("latchkey", std::move(sink), spdlog::thread_pool(),
                                                   spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::from_str(level));
}

ServiceLog::~ServiceLog() {
  logger_->flush();
  logger_.reset();
  spdlog::shutdown();
}

void ServiceLog::Write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
  if (!logger_->should_log(LevelOf(level))) return;
  nlohmann::ordered_json line;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  line["time_ms"] = now.time_since_epoch().count();
  line["level"] = NameOf(level);
  line["message"] = message;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  logger_->log(LevelOf(level), line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace latchkey

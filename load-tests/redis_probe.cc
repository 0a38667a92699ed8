#include "load-tests/redis_probe.h"

#include <hiredis/hiredis.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey::load {
namespace {

// Whom the end of the work is told by.
constexpr char kEnd[] = "latchkey-load:end";

using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;
using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

absl::StatusOr<Context> Connect(int port) {
  const timeval patience{5, 0};
  Context context(redisConnectWithTimeout("127.0.0.1", port, patience), redisFree);
  if (context == nullptr || context->err != 0 || redisSetTimeout(context.get(), patience) != REDIS_OK) {
    return absl::UnavailableError(absl::StrCat("no connection to redis-server on port ", port));
  }
  return context;
}

Reply Ask(redisContext* context, const char* command, const char* argument) {
  return {static_cast<redisReply*>(argument == nullptr ? redisCommand(context, command)
                                                       : redisCommand(context, command, argument)),
          freeReplyObject};
}

Reply NextLine(redisContext* context) {
  void* reply = nullptr;
  if (redisGetReply(context, &reply) != REDIS_OK) reply = nullptr;
  return {static_cast<redisReply*>(reply), freeReplyObject};
}

}  // namespace

std::string CommandOfMonitorLine(std::string_view line) {
  // 1700000000.000001 [0 127.0.0.1:4711] "EVALSHA" "…", or [0 lua] where a script calls.
  const size_t open = line.find('[');
  const size_t close = line.find("] \"");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "";
  if (line.substr(open, close - open).ends_with(" lua")) return "";
  const std::string_view name = line.substr(close + 3);
  return absl::AsciiStrToLower(ToAbsl(name.substr(0, name.find('"'))));
}

absl::StatusOr<std::map<std::string, int64_t>> CountRedisCommands(int port,
                                                                  const std::function<void()>& work) {
  auto monitor = Connect(port);
  if (!monitor.ok()) return monitor.status();
  auto teller = Connect(port);
  if (!teller.ok()) return teller.status();
  if (Ask(monitor->get(), "MONITOR", nullptr) == nullptr) return absl::UnavailableError("no MONITOR");
  work();
  if (Ask(teller->get(), "ECHO %s", kEnd) == nullptr) return absl::UnavailableError("redis-server is gone");

  std::map<std::string, int64_t> counts;
  while (Reply line = NextLine(monitor->get())) {
    if (line->type != REDIS_REPLY_STATUS) continue;
    const std::string_view text(line->str, line->len);
    if (text.find(kEnd) != std::string_view::npos) return counts;
    if (std::string name = CommandOfMonitorLine(text); !name.empty()) ++counts[name];
  }
  return absl::UnavailableError("redis-server has stopped telling what it is asked");
}

}  // namespace latchkey::load

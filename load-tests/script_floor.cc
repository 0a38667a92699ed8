#include "load-tests/script_floor.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/text.h"
#include "load-tests/connections.h"
#include "load-tests/workload.h"

namespace latchkey::load {
namespace {

constexpr int kAccounts = 1500;
constexpr int kAttempts = 3 * kAccounts;
constexpr int kSources = 1000;
constexpr size_t kDepth = 64;
// The captured commands are few; a pass sends them so often that its time can be told.
constexpr int kRepeats = 4;
constexpr char kEnd[] = "latchkey-load:end";

using Words = std::vector<std::string>;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// A blocking connection to the Redis under test.
class Pipe {
 public:
  static absl::StatusOr<Pipe> Open(int port) {
    const timeval patience{10, 0};
    Pipe pipe;
    pipe.context_.reset(redisConnectWithTimeout("127.0.0.1", port, patience));
    if (pipe.context_ == nullptr || pipe.context_->err != 0 ||
        redisSetTimeout(pipe.context_.get(), patience) != REDIS_OK) {
      return absl::UnavailableError(absl::StrCat("no connection to redis-server on port ", port));
    }
    return pipe;
  }

  void Append(const Words& words) {
    std::vector<const char*> texts;
    std::vector<size_t> lengths;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), lengths.data());
  }

  // Null when the server is gone.
  Reply Next() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) reply = nullptr;
    return Reply(static_cast<redisReply*>(reply));
  }

  Reply Ask(const Words& words) {
    Append(words);
    return Next();
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
};

absl::Status Gone() { return absl::UnavailableError("redis-server has stopped answering"); }

absl::Status ErrorOf(const redisReply& reply) {
  return absl::InternalError(
      absl::StrCat("redis-server: ", std::string(reply.str, static_cast<size_t>(reply.len))));
}

// Sends all of them, kDepth in flight, and hands each reply to `see`.
template <typename See>
absl::Status SendAll(Pipe& pipe, const std::vector<Words>& commands, See see) {
  size_t sent = 0;
  for (size_t answered = 0; answered < commands.size(); ++answered) {
    // Refilled by the half, so that the server always has a batch before it.
    if (sent - answered <= kDepth / 2) {
      for (; sent < commands.size() && sent - answered < kDepth; ++sent) pipe.Append(commands[sent]);
    }
    const Reply reply = pipe.Next();
    if (reply == nullptr) return Gone();
    if (reply->type == REDIS_REPLY_ERROR) return ErrorOf(*reply);
    see(*reply);
  }
  return absl::OkStatus();
}

// What latchkeyd sends for `attempts` attempts, one after the other.
absl::StatusOr<std::vector<Words>> Capture(const Subject& subject, const Workload& workload, int attempts) {
  const auto connections = Connections::Open(subject.address(), 1);
  if (!connections.ok()) return connections.status();
  grpc::CompletionQueue queue;
  const auto assess = [&](const v1::AssessRequest& request) {
    Exchange exchange;
    exchange.Assess((*connections)->Pick(0), request, std::chrono::steady_clock::now(),
                    std::chrono::seconds(5), queue);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return exchange.status();
  };
  // Of an account of its own, so that the script is there and the connection is up.
  v1::AssessRequest first = workload.Request(0);
  first.set_account("nobody@shop.example");
  if (const auto status = assess(first); !status.ok()) return absl::UnavailableError(status.error_message());

  auto monitor = Pipe::Open(subject.redis_port());
  auto teller = Pipe::Open(subject.redis_port());
  if (!monitor.ok()) return monitor.status();
  if (!teller.ok()) return teller.status();
  if (monitor->Ask({"MONITOR"}) == nullptr) return Gone();
  for (int i = 0; i < attempts; ++i) {
    if (const auto status = assess(workload.Request(i)); !status.ok())
      return absl::UnavailableError(status.error_message());
  }
  if (teller->Ask({"ECHO", kEnd}) == nullptr) return Gone();

  std::vector<Words> commands;
  while (const Reply line = monitor->Next()) {
    if (line->type != REDIS_REPLY_STATUS) continue;
    Words words = WordsOfMonitorLine({line->str, static_cast<size_t>(line->len)});
    if (words.size() == 2 && words[1] == kEnd) return commands;
    // A look at the stamp is a script too, of one key without hash tag; a record's is of a kind `a` or `n`.
    const bool of_record =
        words.size() > 3 && words[0] == "EVALSHA" &&
        (words[3].find(":a:") != std::string::npos || words[3].find(":n:") != std::string::npos);
    if (of_record) commands.push_back(std::move(words));
  }
  return Gone();
}

// The shape of the replies: of strings their average length, of numbers the last one.
class AverageReply {
 public:
  void See(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_ARRAY) return;
    parts_.resize(std::max(parts_.size(), reply.elements));
    for (size_t i = 0; i < reply.elements; ++i) {
      const redisReply& part = *reply.element[i];
      parts_[i].is_text = part.type == REDIS_REPLY_STRING;
      parts_[i].bytes += parts_[i].is_text ? part.len : 0;
      parts_[i].number = part.integer;
    }
    ++seen_;
  }
  [[nodiscard]] double bytes() const {
    double sum = 0;
    for (const Part& part : parts_) sum += static_cast<double>(part.bytes);
    return seen_ > 0 ? sum / static_cast<double>(seen_) : 0;
  }
  // A script that answers so.
  [[nodiscard]] std::string Script() const {
    Words parts;
    for (const Part& part : parts_) {
      parts.push_back(part.is_text
                          ? absl::StrCat("'", std::string(static_cast<size_t>(part.bytes / seen_), 'x'), "'")
                          : absl::StrCat(part.number));
    }
    return absl::StrCat("return { ", absl::StrJoin(parts, ", "), " }");
  }

 private:
  struct Part {
    bool is_text = false;
    int64_t bytes = 0;
    int64_t number = 0;
  };
  std::vector<Part> parts_;
  int64_t seen_ = 0;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Processor time of Redis for one command, over kRepeats passes; each begins with an empty Redis.
absl::StatusOr<double> CostOf(const Subject& subject, Pipe& pipe, const std::vector<Words>& commands) {
  std::chrono::nanoseconds used{0};
  for (int i = 0; i < kRepeats; ++i) {
    if (pipe.Ask({"FLUSHDB"}) == nullptr) return Gone();
    const auto before = subject.RedisCpu();
    if (absl::Status sent = SendAll(pipe, commands, [](const redisReply&) {}); !sent.ok()) return sent;
    used += subject.RedisCpu() - before;
  }
  return static_cast<double>(used.count()) / 1e3 / kRepeats / static_cast<double>(commands.size());
}

}  // namespace

std::vector<std::string> WordsOfMonitorLine(std::string_view line) {
  // 1700000000.000001 [0 127.0.0.1:4711] "EVALSHA" "…"
  const size_t open = line.find('[');
  const size_t close = line.find("] \"");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  if (line.substr(open, close - open).ends_with(" lua")) return {};
  Words words;
  bool inside = false;
  for (size_t i = close + 2; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      inside = !inside;
      if (inside) words.emplace_back();
      continue;
    }
    if (!inside) continue;
    if (c != '\\' || i + 1 >= line.size()) {
      words.back() += c;
      continue;
    }
    const char escaped = line[++i];
    constexpr std::string_view kNames = "nrtab";
    constexpr std::string_view kMeant = "\n\r\t\a\b";
    if (const size_t at = kNames.find(escaped); at != std::string_view::npos) {
      words.back() += kMeant[at];
    } else if (uint32_t code = 0;
               escaped == 'x' && absl::SimpleHexAtoi(ToAbsl(line.substr(i + 1, 2)), &code)) {
      words.back() += static_cast<char>(code);
      i += 2;
    } else {
      words.back() += escaped;
    }
  }
  return words;
}

absl::StatusOr<ScriptCost> MeasureScriptCost(const Programs& programs, int rounds) {
  const auto subject = Subject::Start(SubjectKind::kRedis, programs);
  if (!subject.ok()) return subject.status();
  const Workload workload(WorkloadShape{
      "script", "strangers, three attempts each", false, {{"strangers", 1, kAccounts, kSources}}});
  auto commands = Capture(**subject, workload, kAttempts);
  if (!commands.ok()) return commands.status();
  if (commands->empty()) return absl::UnavailableError("an Assess has sent Redis no script");
  auto pipe = Pipe::Open((*subject)->redis_port());
  if (!pipe.ok()) return pipe.status();

  ScriptCost cost{.attempts = kAttempts, .commands = static_cast<int>(commands->size())};
  AverageReply replies;
  // In a database of its own: to empty the engine's is a loss that it would mend.
  if (pipe->Ask({"SELECT", "1"}) == nullptr || pipe->Ask({"FLUSHDB"}) == nullptr) return Gone();
  if (absl::Status sent = SendAll(*pipe, *commands, [&](const redisReply& reply) { replies.See(reply); });
      !sent.ok()) {
    return sent;
  }
  const Reply loaded = pipe->Ask({"SCRIPT", "LOAD", replies.Script()});
  if (loaded == nullptr) return Gone();
  if (loaded->type == REDIS_REPLY_ERROR) return ErrorOf(*loaded);
  std::vector<Words> noops = *commands;
  double request_bytes = 0;
  for (Words& words : noops) {
    words[1].assign(loaded->str, static_cast<size_t>(loaded->len));
    for (size_t i = 3; i < words.size(); ++i) request_bytes += static_cast<double>(words[i].size());
  }
  // What Assess costs, however many scripts it is.
  const double scripts_each = static_cast<double>(commands->size()) / kAttempts;
  std::vector<double> assess;
  std::vector<double> noop;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const auto real = CostOf(**subject, *pipe, *commands);
    if (!real.ok()) return real.status();
    const auto nothing = CostOf(**subject, *pipe, noops);
    if (!nothing.ok()) return nothing.status();
    assess.push_back(*real * scripts_each);
    noop.push_back(*nothing * scripts_each);
    ratios.push_back(*real / *nothing);
  }
  if (ratios.empty()) return absl::InvalidArgumentError("no round");
  cost.assess_us = Median(assess);
  cost.noop_us = Median(noop);
  cost.ratio = Median(ratios);
  cost.ratio_min = *std::min_element(ratios.begin(), ratios.end());
  cost.ratio_max = *std::max_element(ratios.begin(), ratios.end());
  cost.request_bytes = request_bytes / static_cast<double>(noops.size());
  cost.reply_bytes = replies.bytes();
  return cost;
}

}  // namespace latchkey::load

#include "load-tests/peers.h"

#include <filesystem>
#include <sstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "load-tests/http_loop.h"
#include "load-tests/ratelimit_loop.h"

namespace latchkey::load {
namespace {

// A query's value: every other byte as %XX.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == ':') {
      out += c;
    } else {
      absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return out;
}

std::string LastLine(const std::string& log) {
  const std::string text(absl::StripAsciiWhitespace(log));
  const size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

std::string TemporaryFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "latchkey-load-XXXXXX").string();
  return mkdtemp(folder.data()) == nullptr ? "" : folder;
}

void Remove(const std::string& folder) {
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

}  // namespace

const std::vector<PeerKind>& AllPeers() {
  static const auto* kAll = new std::vector<PeerKind>{
      {"envoyproxy-ratelimit", "envoyproxy-ratelimit.sh", "", true, true},
      {"rate-limiter-flexible-memory", "rate-limiter-flexible.sh", "memory", false, false},
      {"rate-limiter-flexible-redis", "rate-limiter-flexible.sh", "redis", false, true},
      {"haproxy-stick-tables", "haproxy.sh", "", false, false},
  };
  return *kAll;
}

absl::Status Peer::Install(const PeerKind& kind, const std::string& scripts) {
  constexpr auto kPatience = std::chrono::minutes(10);
  const std::string folder = TemporaryFolder();
  auto script = ChildProcess::Start({"bash", absl::StrCat(scripts, "/", kind.script), "install"},
                                    {.log_file = folder + "/log", .scrub = "LATCHKEY_"});
  absl::Status status = script.status();
  if (status.ok()) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!(*script)->Ended() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if ((*script)->ExitCode() != 0) status = absl::UnavailableError(LastLine((*script)->Log()));
  }
  Remove(folder);
  return status;
}

absl::StatusOr<std::unique_ptr<Peer>> Peer::Start(const PeerKind& kind, const std::string& scripts,
                                                  const std::vector<int>& cpus) {
  std::unique_ptr<Peer> peer(new Peer(kind));
  peer->folder_ = TemporaryFolder();
  std::vector<std::string> command = {"bash", absl::StrCat(scripts, "/", kind.script)};
  if (!kind.variant.empty()) command.push_back(kind.variant);
  // What it starts inherits where it may run.
  if (!cpus.empty()) command.insert(command.begin(), {"taskset", "-c", absl::StrJoin(cpus, ",")});
  auto script = ChildProcess::Start(command, {.log_file = peer->folder_ + "/log", .scrub = "LATCHKEY_"});
  if (!script.ok()) return script.status();
  peer->script_ = *std::move(script);
  absl::Status ready = peer->AwaitReady();
  if (ready.ok()) ready = peer->RequireLimits();
  if (!ready.ok()) return ready;
  return peer;
}

Peer::~Peer() {
  script_.reset();
  Remove(folder_);
}

absl::Status Peer::AwaitReady() {
  for (int i = 0; i < 1000; ++i) {
    servers_.clear();
    redis_.clear();
    std::istringstream log(script_->Log());
    for (std::string line; std::getline(log, line);) {
      std::istringstream words(line);
      std::string what;
      words >> what;
      if (what == "version") {
        version_ = std::string(absl::StripAsciiWhitespace(line.substr(what.size())));
      } else if (what == "port") {
        words >> port_;
      } else if (what == "pid") {
        std::string of;
        pid_t pid = 0;
        words >> of >> pid;
        (of == "redis" ? redis_ : servers_).push_back(pid);
      } else if (line == "ready" && port_ > 0 && !servers_.empty()) {
        return absl::OkStatus();
      }
    }
    if (script_->Ended()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return absl::UnavailableError(absl::StrCat("does not serve: ", LastLine(script_->Log())));
}

absl::StatusOr<Tally> Peer::Drive(const std::function<v1::AssessRequest(int64_t)>& attempt, const Load& load,
                                  const std::function<void()>& on_edge) const {
  if (kind_.grpc) return RunRatelimitLoop(absl::StrCat("127.0.0.1:", port_), attempt, load, on_edge);
  return RunHttpLoop(
      port_,
      [&](int64_t n) {
        const v1::AssessRequest request = attempt(n);
        return absl::StrCat("/check?account=", Escaped(request.account()), "&ip=", request.source());
      },
      load, on_edge);
}

absl::Status Peer::RequireLimits() const {
  v1::AssessRequest one;
  one.set_account("limited@shop.example");
  one.set_source("192.0.2.7");
  const Load load{
      .connections = 1, .in_flight = 1, .warm_up = Nanos{0}, .measured = std::chrono::milliseconds(50)};
  const auto tally = Drive([&](int64_t /*n*/) { return one; }, load, [] {});
  if (!tally.ok()) return tally.status();
  const int64_t admitted = tally->actions[v1::ACTION_ALLOW];
  const int64_t refused = tally->actions[v1::ACTION_THROTTLE];
  // Fixed windows may begin anew in between; the first answer may come before measuring.
  if (admitted >= 4 && admitted <= 10 && refused > 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("does not limit: of one account's checks it admitted ", admitted,
                                             " and refused ", refused));
}

absl::StatusOr<Measurement> Peer::Measure(const Workload& workload, const Load& load) const {
  std::vector<Nanos> server;
  std::vector<Nanos> redis;
  const auto sum = [](const std::vector<pid_t>& pids) {
    Nanos used{0};
    for (const pid_t pid : pids) used += CpuTime(pid);
    return used;
  };
  const auto tally = Drive([&](int64_t n) { return workload.Request(n); }, load,
                           [&] {
                             server.push_back(sum(servers_));
                             redis.push_back(sum(redis_));
                           });
  if (!tally.ok()) return tally.status();
  if (server.size() != 2) return absl::InternalError("nothing was measured");
  return Measurement{.tally = *tally, .server_cpu = server[1] - server[0], .redis_cpu = redis[1] - redis[0]};
}

}  // namespace latchkey::load

#include "load-tests/subject.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey::load {
namespace {

std::string Tail(const ChildProcess& child) {
  constexpr size_t kTail = 2000;
  const std::string text = child.Log();
  return text.substr(text.size() - std::min(text.size(), kTail));
}

absl::StatusOr<std::unique_ptr<ChildProcess>> StartOn(const std::vector<int>& cpus,
                                                      const std::vector<std::string>& command,
                                                      const std::string& log_file) {
  auto child = ChildProcess::Start(command, {.log_file = log_file, .scrub = "LATCHKEY_"});
  if (!child.ok()) return child;
  if (absl::Status pinned = PinTo((*child)->pid(), cpus); !pinned.ok()) return pinned;
  return child;
}

absl::Status Await(ChildProcess& child, std::string_view what, const std::function<bool()>& ready) {
  for (int i = 0; i < 2000; ++i) {
    if (ready()) return absl::OkStatus();
    if (const auto ended = child.Ended()) {
      return absl::UnavailableError(absl::StrCat(ToAbsl(what), " ", *ended, "; it said:\n", Tail(child)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return absl::UnavailableError(absl::StrCat(ToAbsl(what), " does not serve; it said:\n", Tail(child)));
}

}  // namespace

std::string_view SubjectName(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::kFloor:
      return "floor";
    case SubjectKind::kMemory:
      return "memory";
    case SubjectKind::kRedis:
      return "redis";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<Subject>> Subject::Start(SubjectKind kind, const Programs& programs) {
  std::unique_ptr<Subject> subject(new Subject());
  std::string folder = (std::filesystem::temp_directory_path() / "latchkey-load-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::UnavailableError("no temporary folder");
  subject->folder_ = folder;
  if (kind == SubjectKind::kRedis) {
    auto redis = RedisShards::Start(programs.redis_primaries, programs.server_cpus, folder);
    if (!redis.ok()) return redis.status();
    subject->redis_ = *std::move(redis);
  }
  if (absl::Status started = subject->StartServer(kind, programs); !started.ok()) return started;
  return subject;
}

Subject::~Subject() {
  server_.reset();
  redis_.reset();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::Status Subject::StartServer(SubjectKind kind, const Programs& programs) {
  const std::string ready_file = folder_ + "/ready";
  std::vector<std::string> arguments;
  if (kind == SubjectKind::kFloor) {
    arguments = {programs.floor};
  } else {
    const std::string store = kind == SubjectKind::kRedis ? redis_->url() : "memory";
    const bool records = !programs.recording_folder.empty();
    const std::string data = records ? programs.recording_folder : folder_ + "/data";
    arguments = {programs.latchkeyd, "--store", store, "--policy", programs.policy_file, "--data-dir", data};
    if (records) arguments.insert(arguments.end(), {"--recording-mode", "full"});
    arguments.insert(arguments.end(), programs.settings.begin(), programs.settings.end());
  }
  arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0", "--ready-file", ready_file});
  auto server = StartOn(programs.server_cpus, arguments, folder_ + "/server.log");
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return Await(*server_, arguments.front(), [&] {
    std::ifstream file(ready_file);
    return static_cast<bool>(std::getline(file, address_)) && !address_.empty();
  });
}

}  // namespace latchkey::load

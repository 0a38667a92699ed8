// What is measured: the floor, or latchkeyd on one of its stores, started for the occasion.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/system/child_process.h"
#include "load-tests/processor.h"
#include "load-tests/redis_shards.h"

namespace latchkey::load {

enum class SubjectKind { kFloor, kMemory, kRedis };

std::string_view SubjectName(SubjectKind kind);  // "floor", "memory", "redis"

struct Programs {
  std::string floor;
  std::string latchkeyd;
  std::string policy_file;
  std::string recording_folder;       // not empty: latchkeyd records in full, and what it keeps stays there
  std::vector<int> server_cpus;       // for the server and its Redis alike
  int redis_primaries = 0;            // of a Cluster; 0: one server without Cluster
  std::vector<std::string> settings;  // more of latchkeyd's command line
};

// Ends with the object, together with its folder.
class Subject {
 public:
  // Returns once it serves. kUnavailable, with what it has said, when it does not within 20 seconds.
  static absl::StatusOr<std::unique_ptr<Subject>> Start(SubjectKind kind, const Programs& programs);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] int redis_port() const { return redis_ == nullptr ? 0 : redis_->port(); }  // 0 without Redis
  [[nodiscard]] const RedisShards* redis() const { return redis_.get(); }  // null without Redis
  [[nodiscard]] pid_t server_pid() const { return server_->pid(); }

  // Used so far by the server, and by its Redis.
  [[nodiscard]] std::chrono::nanoseconds ServerCpu() const { return CpuTime(server_->pid()); }
  [[nodiscard]] std::chrono::nanoseconds RedisCpu() const {
    return redis_ == nullptr ? std::chrono::nanoseconds{0} : redis_->Cpu();
  }

 private:
  Subject() = default;
  absl::Status StartServer(SubjectKind kind, const Programs& programs);

  std::string folder_;
  std::string address_;
  std::unique_ptr<RedisShards> redis_;
  std::unique_ptr<ChildProcess> server_;  // Ends first.
};

}  // namespace latchkey::load

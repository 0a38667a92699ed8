// The Redis that a subject has to itself: one server, or a Cluster of some primaries on loopback. They keep
// nothing on disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/system/child_process.h"

namespace latchkey::load {

// A loopback port that was free a moment ago, for servers that cannot choose one themselves; 0 when there is
// none.
int FreePort();

// Ends with the object.
class RedisShards {
 public:
  // primaries 0: one server without Cluster. Returns once every slot is served. kUnavailable, with what a
  // server has said, when that takes more than 20 seconds.
  static absl::StatusOr<std::unique_ptr<RedisShards>> Start(int primaries, const std::vector<int>& cpus,
                                                            const std::string& folder);

  [[nodiscard]] std::string url() const;
  [[nodiscard]] int port() const { return ports_.front(); }  // of the first
  // Used so far by all of them.
  [[nodiscard]] std::chrono::nanoseconds Cpu() const;
  // How many keys each has.
  [[nodiscard]] absl::StatusOr<std::vector<int64_t>> Keys() const;
  // How many bytes all of them use (`used_memory`).
  [[nodiscard]] absl::StatusOr<int64_t> Bytes() const;

 private:
  RedisShards() = default;
  absl::Status Launch(bool clustered, const std::vector<int>& cpus, const std::string& folder);
  absl::Status Join();

  bool clustered_ = false;
  std::vector<int> ports_;
  std::vector<int> bus_ports_;
  std::vector<std::unique_ptr<ChildProcess>> servers_;
};

}  // namespace latchkey::load

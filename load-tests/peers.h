// What others offer for the same purpose, measured beside Latchkey: each with the rule "5 a minute for an
// account, 50 a minute for an address". Their start scripts are in load-tests/peers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/system/child_process.h"
#include "load-tests/measurement.h"

namespace latchkey::load {

struct PeerKind {
  std::string name;     // as in "rate-limiter-flexible-redis"
  std::string script;   // in the folder of the start scripts
  std::string variant;  // its argument; may be empty
  bool grpc = false;    // speaks the Envoy rate limit service; otherwise HTTP/1.1
  bool redis = false;   // keeps its counters in Redis
};

const std::vector<PeerKind>& AllPeers();

// One that runs. Ends with the object.
class Peer {
 public:
  // Fetches it once, which may take minutes. An error says why it is not to be had on this machine.
  static absl::Status Install(const PeerKind& kind, const std::string& scripts);
  // Returns once it serves, and refuses a sixth check of one account within a minute and not the first: a
  // peer that does not limit is not measured. kUnavailable with what it has said.
  static absl::StatusOr<std::unique_ptr<Peer>> Start(const PeerKind& kind, const std::string& scripts,
                                                     const std::vector<int>& cpus);

  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] const std::string& version() const { return version_; }
  // A closed loop of checks, an attempt of the workload each.
  [[nodiscard]] absl::StatusOr<Measurement> Measure(const Workload& workload, const Load& load) const;

 private:
  explicit Peer(PeerKind kind) : kind_(std::move(kind)) {}
  absl::Status AwaitReady();
  [[nodiscard]] absl::Status RequireLimits() const;
  [[nodiscard]] absl::StatusOr<Tally> Drive(const std::function<v1::AssessRequest(int64_t)>& attempt,
                                            const Load& load, const std::function<void()>& on_edge) const;

  PeerKind kind_;
  std::string folder_;
  std::string version_;
  int port_ = 0;
  std::vector<pid_t> servers_;
  std::vector<pid_t> redis_;
  std::unique_ptr<ChildProcess> script_;
};

}  // namespace latchkey::load

// A latchkeyd of the demo's own, on a free port of loopback, with a policy and a folder that goes with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/system/child_process.h"

namespace latchkey::demo {

struct ServerOptions {
  std::string program;
  std::string policy;
  // Failures younger than this may still be given back, so a limit reached by them refuses for a second only.
  absl::Duration attempt_token_life = absl::Seconds(3);
  std::string store = "memory";
  std::vector<std::string> more_flags;
};

class PrivateServer {
 public:
  // Returns once it is ready.
  static absl::StatusOr<std::unique_ptr<PrivateServer>> Start(const ServerOptions& options);
  ~PrivateServer();
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  PrivateServer() = default;
  absl::Status AwaitReady(const std::filesystem::path& ready_file);
  // The last lines that it wrote, to say why it failed.
  [[nodiscard]] std::string LogTail() const;

  std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
};

}  // namespace latchkey::demo

// Two latchkeyd on one store, and callers of them that try the other one when one does not answer.
#pragma once

#include <grpcpp/grpcpp.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "latchkey/v1/guard.grpc.pb.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/scratch_folder.h"

namespace latchkey::faults {

inline constexpr int kNodes = 2;
inline constexpr int kBudget = 25;      // Wrong passwords of strangers in 24 h.
inline constexpr int kLocalBudget = 5;  // Of them by a node without its store: local_share is a fifth.

// Made, restarted and destroyed on one thread; the calls are thread-safe.
class Nodes {
 public:
  // Throws std::runtime_error. `stores`: the store's URL as each node sees it.
  explicit Nodes(const std::array<std::string, kNodes>& stores);

  void Restart(int node);  // SIGKILL first.

  // Asks `first`, and the other one if that does not answer in time. Nothing: none did. `asks`: how many were
  // asked.
  std::optional<v1::AssessResponse> Assess(int first, const v1::AssessRequest& request, int* asks = nullptr);
  std::optional<v1::AssessResponse> AssessAt(int node, const v1::AssessRequest& request);
  // The new device token, where there is one. Nothing: nobody answered.
  std::optional<std::string> Report(int first, const std::string& attempt_token, v1::Outcome outcome);

  [[nodiscard]] const std::string& address(int node) const {
    return daemons_.at(static_cast<size_t>(node))->address();
  }
  [[nodiscard]] std::string Log(int node) const {
    return daemons_.at(static_cast<size_t>(node))->process().Log();
  }

 private:
  using Stub = std::shared_ptr<v1::LoginGuardService::Stub>;
  Stub At(int node);
  void Connect(int node);

  ScratchFolder folder_;
  std::array<std::unique_ptr<Latchkeyd>, kNodes> daemons_;
  std::mutex mutex_;
  std::array<Stub, kNodes> stubs_;  // First to go: open channels make a service wait before it ends.
};

[[nodiscard]] v1::AssessRequest Attempt(const std::string& account, const std::string& source,
                                        const std::string& device_token = "");

}  // namespace latchkey::faults

// Mallory's script: wrong passwords for one account, on and on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/demo/auth_service.h"
#include "cli/demo/narrator.h"

namespace latchkey::demo {

// Runs in a thread of its own from construction to Stop. Thread-safe.
class Attack {
 public:
  Attack(AuthService& auth, std::string victim, Browser browser, Narrator& narrator);
  ~Attack();
  Attack(const Attack&) = delete;
  Attack& operator=(const Attack&) = delete;

  // Waits until it is refused for good, that is by failures that can no longer be given back.
  [[nodiscard]] absl::Status AwaitRefusal(absl::Duration patience);
  void Stop();

  // How often it was answered so.
  [[nodiscard]] std::map<v1::Action, int64_t> answers() const;
  [[nodiscard]] v1::Action last_action() const;

 private:
  void Run();
  // False when there is no use in going on.
  bool Take(const absl::StatusOr<Login>& login);
  void Tell(const Login& login);
  // False when stopped.
  bool Pause(absl::Duration duration);

  AuthService& auth_;
  const std::string victim_;
  Browser browser_;
  Narrator& narrator_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool refused_ = false;
  absl::Status status_;
  std::string told_;
  std::map<v1::Action, int64_t> answers_;
  v1::Action last_action_ = v1::ACTION_UNSPECIFIED;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace latchkey::demo

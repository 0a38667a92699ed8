// Known attempts while faults happen: owners on their devices, with right passwords and few typing errors,
// and attackers who guess at some accounts.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/history.h"
#include "tests/faults/nodes.h"

namespace latchkey::faults {

struct LoadOptions {
  uint64_t seed = 1;
  std::string name;  // Part of each account's name, so that no two loads share one.
  int owners = 24;
  int victims = 12;       // Accounts that are attacked.
  int owner_threads = 2;  // Each owner logs in about once in (owners / owner_threads) * 50 ms.
  int attacker_threads = 3;
  std::chrono::milliseconds pause{25};  // At most, between two attempts of a thread.
};

class Load {
 public:
  // Gives each owner a device. Throws std::runtime_error when a sound store does not.
  Load(Nodes& nodes, LoadOptions options);
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Start();
  void Stop();

  // Thread-safe.
  [[nodiscard]] int in_flight() const { return in_flight_; }
  [[nodiscard]] std::vector<Act> acts() const;

  // Both nodes admit, without `degraded`: an owner on a device, and a stranger on an account of his own.
  // Called while the load runs; makes accounts of its own for each call.
  [[nodiscard]] bool Sound();
  // Guesses at each attacked account until it is refused by the store; how often it was admitted. After Stop.
  [[nodiscard]] std::map<std::string, int> Exhaust();

 private:
  struct Owner {
    std::string account, source, device;
  };
  void Own(size_t thread);
  void Attack(size_t thread);
  std::optional<v1::AssessResponse> Ask(Act act, int first, const v1::AssessRequest& request);

  Nodes& nodes_;
  const LoadOptions options_;
  std::vector<Owner> owners_;
  std::vector<std::string> victims_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> in_flight_{0};
  int probes_ = 0;
  mutable std::mutex mutex_;
  std::vector<Act> acts_;
  std::vector<std::thread> threads_;
};

}  // namespace latchkey::faults

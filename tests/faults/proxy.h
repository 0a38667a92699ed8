// A TCP proxy on loopback that does to a connection what networks do: drops, delays, cuts in the middle of a
// reply.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

namespace latchkey::faults {

// Thread-safe. A thread of its own carries the bytes.
class FaultyProxy {
 public:
  enum class Way : uint8_t {
    kPass,
    kDrop,   // Connections stay and are made; nothing comes through, either way. What waits comes when it
             // passes again.
    kDelay,  // Replies come so much later.
    kCut,    // Each connection is cut after some bytes of a reply.
  };

  // To 127.0.0.1:`port`. Throws std::runtime_error.
  explicit FaultyProxy(uint16_t port);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  // From now on; kCut also ends the connections that are there, with their next reply.
  void Set(Way way, std::chrono::milliseconds delay = std::chrono::milliseconds(0));
  [[nodiscard]] uint64_t cuts() const { return cuts_; }

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Held {
    Moment due;
    std::string bytes;
  };
  struct Pair {
    int client = -1;
    int server = -1;
    std::list<Held> replies;  // Read and not passed on yet.
  };

  void Run();
  void Accept();
  // False when the pair is at its end.
  bool Carry(Pair& pair, bool client_ready, bool server_ready);
  bool PassReplies(Pair& pair);

  const uint16_t target_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<Way> way_{Way::kPass};
  std::atomic<int64_t> delay_ms_{0};
  std::atomic<uint64_t> cuts_{0};
  std::atomic<bool> stopping_{false};
  std::list<Pair> pairs_;
  std::thread thread_;  // Last: it uses the above.
};

}  // namespace latchkey::faults

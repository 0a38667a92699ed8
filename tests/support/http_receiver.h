// A receiver of webhooks on loopback, as well or badly behaved as a test wants.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"

namespace latchkey {

struct ReceivedRequest {
  std::string target;                          // "/hook"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct ReceiverReply {
  int status = 204;
  std::string headers;  // whole lines, each with its end
  std::string body;
  enum class Manner { kProper, kHang, kCloseMidReply, kCloseAtOnce } manner = Manner::kProper;
};

// Answers each connection on a thread of its own, and closes it. Thread-safe.
class HttpReceiver {
 public:
  using Handler = std::function<ReceiverReply(const ReceivedRequest& request)>;

  struct Options {
    int port = 0;                          // 0: any
    std::string certificate, private_key;  // PEM files; empty: plain HTTP
  };
  // Throws std::runtime_error when it cannot listen.
  explicit HttpReceiver(Handler handler);
  HttpReceiver(Handler handler, const Options& options);
  ~HttpReceiver();  // also ends what hangs
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // "http://127.0.0.1:PORT/hook", or https.
  [[nodiscard]] std::string url() const;
  // As they came, in the order in which their handler was called.
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;
  // Waits until there are so many; false after ten seconds.
  [[nodiscard]] bool Await(size_t count) const;

 private:
  struct Tls;

  void Accept();
  void Serve(int connection);

  Handler handler_;
  std::shared_ptr<Tls> tls_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  std::vector<ReceivedRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  bool ending_ = false;
  std::thread acceptor_;
};

}  // namespace latchkey

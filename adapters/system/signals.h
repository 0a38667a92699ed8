// Signals of the operating system as calls: SIGTERM and SIGINT end the service, SIGHUP reloads.
#pragma once

#include <functional>
#include <thread>

namespace latchkey {

// Blocks the three signals for the whole process and waits for them in a thread of its own. Build it before
// any other thread, so that all inherit the mask. Once a process.
class Signals {
 public:
  struct Handlers {
    std::function<void()> terminate;  // SIGTERM, SIGINT; called once
    std::function<void()> reload;     // SIGHUP; called each time
  };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Handlers run on the thread of this class.
  void Listen(Handlers handlers);
  // No handler runs any more once this returns; signals stay blocked. Not from a handler.
  void Stop();

 private:
  int event_fd_ = -1;  // ends the thread
  std::thread thread_;
};

}  // namespace latchkey

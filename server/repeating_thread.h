// A thread that does the same thing again and again.
#pragma once

#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "engine/base/clock.h"

namespace latchkey {

class RepeatingThread {
 public:
  // Calls `turn` until this is destroyed, `every` after it began and after each call has returned. All that
  // `turn` uses outlives it, so as a member it is the last.
  RepeatingThread(Duration every, std::function<void()> turn)
      : thread_([every, turn = std::move(turn), ending = ending_.get_future()] {
          while (ending.wait_for(every) == std::future_status::timeout) turn();
        }) {}
  // Waits for a call that is running.
  ~RepeatingThread() {
    ending_.set_value();
    thread_.join();
  }
  RepeatingThread(const RepeatingThread&) = delete;
  RepeatingThread& operator=(const RepeatingThread&) = delete;

 private:
  std::promise<void> ending_;
  std::thread thread_;
};

}  // namespace latchkey

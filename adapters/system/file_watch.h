// Notices that a file was replaced or rewritten, also through the symbolic links of a Kubernetes ConfigMap.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "engine/base/clock.h"

namespace latchkey {

// Looks at the file twice a second in a thread of its own; `changed` runs there.
class FileWatch {
 public:
  FileWatch(std::string path, std::function<void()> changed);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  int event_fd_ = -1;  // ends the thread
  std::thread thread_;
};

}  // namespace latchkey

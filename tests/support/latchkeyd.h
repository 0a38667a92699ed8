// A real latchkeyd as a child of a test, on a port the system picked, with a folder of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/system/child_process.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {

// Throws std::runtime_error with the log when it does not start. Paths of the binary and of the repository
// come from the build.
class Latchkeyd {
 public:
  // `flags` are added to --listen, --data-dir, --policy (policies/default.yaml) and --ready-file; a flag
  // given here wins.
  explicit Latchkeyd(const std::vector<std::string>& flags = {});

  [[nodiscard]] const std::string& address() const { return address_; }  // "127.0.0.1:40123"
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] ChildProcess& process() { return *process_; }
  // Ends it and starts it again with the same folder and flags; on another port.
  void Restart();
  // Waits until the log says `text`; false after ten seconds.
  [[nodiscard]] bool AwaitLog(const std::string& text) const;

 private:
  void Start();

  std::vector<std::string> flags_;
  ScratchFolder folder_;
  std::string address_;
  std::unique_ptr<ChildProcess> process_;  // Last: it uses the folder.
};

// Runs latchkeyd until it ends by itself: its exit code and what it said.
struct Ended {
  int code = -1;
  std::string said;
};
[[nodiscard]] Ended RunLatchkeyd(const std::vector<std::string>& flags);

}  // namespace latchkey

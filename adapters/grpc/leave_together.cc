#include "adapters/grpc/leave_together.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace latchkey {

constinit thread_local int LeaveTogether::to_come_ = 0;

struct HeldWrites {
  // The connections that were told of more to come.
  static std::vector<int>& Connections() {
    thread_local std::vector<int> connections;
    return connections;
  }

  // The flags that a write of this thread to `fd` has besides its own.
  static int FlagsFor(int fd) {
    if (LeaveTogether::to_come_ == 0) return 0;
    std::vector<int>& connections = Connections();
    if (std::find(connections.begin(), connections.end(), fd) == connections.end()) connections.push_back(fd);
    return MSG_MORE;
  }
};

void LeaveTogether::LetGo() {
  std::vector<int>& connections = HeldWrites::Connections();
  for (const int fd : connections) {
    // Said again it sends what was held back. A number that has become another connection's meanwhile is one
    // that has it set already.
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  connections.clear();
}

}  // namespace latchkey

// In place of the C library's, for the whole program and its libraries.
extern "C" __attribute__((visibility("default"))) ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return syscall(SYS_sendmsg, fd, message, flags | latchkey::HeldWrites::FlagsFor(fd));
}

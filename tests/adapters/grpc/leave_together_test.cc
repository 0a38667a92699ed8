#include "adapters/grpc/leave_together.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/turn.h"

namespace latchkey {
namespace {

// A connection to ourselves, by way of TCP.
class Loopback {
 public:
  Loopback() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    LATCHKEY_CHECK(bind(listener, any, length) == 0 && listen(listener, 1) == 0);
    LATCHKEY_CHECK(getsockname(listener, any, &length) == 0);
    near_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    LATCHKEY_CHECK(connect(near_, any, length) == 0);
    far_ = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    close(listener);
    const int on = 1;
    setsockopt(near_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~Loopback() {
    close(near_);
    close(far_);
  }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  // As gRPC does.
  void Write(std::string_view text) const {
    iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    EXPECT_EQ(sendmsg(near_, &message, MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // How many packets with something in them have left.
  [[nodiscard]] uint32_t packets() const {
    tcp_info info{};
    socklen_t length = sizeof(info);
    EXPECT_EQ(getsockopt(near_, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
    return info.tcpi_data_segs_out;
  }
  [[nodiscard]] std::string Read(size_t bytes) const {
    std::string text(bytes, '\0');
    EXPECT_EQ(recv(far_, text.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
    return text;
  }

 private:
  int near_ = -1;
  int far_ = -1;
};

TEST(LeaveTogetherTest, WithoutATurnEachWriteLeavesAtOnce) {
  const Loopback connection;
  LeaveTogether::AtEnd([&] { connection.Write("one"); });
  EXPECT_EQ(connection.packets(), 1U);
  LeaveTogether::AtEnd([&] { connection.Write("two"); });
  EXPECT_EQ(connection.packets(), 2U);
  EXPECT_EQ(connection.Read(6), "onetwo");
}

TEST(LeaveTogetherTest, WhatOneTurnWritesToAConnectionIsOnePacketOfIt) {
  const std::array<Loopback, 3> connections;
  {
    const Turn turn;
    for (int i = 0; i < 8; ++i) {
      for (const Loopback& each : connections)
        LeaveTogether::AtEnd([&each, i] { each.Write(std::to_string(i)); });
    }
  }
  for (const Loopback& each : connections) {
    EXPECT_EQ(each.packets(), 1U);
    EXPECT_EQ(each.Read(8), "01234567");
  }
}

TEST(LeaveTogetherTest, ASingleWriteOfATurnIsNotHeldBack) {
  const Loopback connection;
  const Turn turn;
  {
    const Loopback other;
    LeaveTogether::AtEnd([&] { connection.Write("alone"); });
    EXPECT_EQ(connection.packets(), 0U);
  }
  Turn::AtEnd([&] { EXPECT_EQ(connection.packets(), 1U); });
}

TEST(LeaveTogetherTest, NothingIsHeldBackOnceTheTurnHasEnded) {
  const Loopback connection;
  {
    const Turn turn;
    LeaveTogether::AtEnd([&] { connection.Write("one"); });
    LeaveTogether::AtEnd([] {});  // The last writes nothing.
  }
  EXPECT_EQ(connection.packets(), 1U);
  connection.Write("two");
  EXPECT_EQ(connection.packets(), 2U);
}

TEST(LeaveTogetherTest, WhatIsPutOffAtTheEndLeavesTooAndAConnectionMayCloseMeanwhile) {
  const Loopback connection;
  {
    const Turn turn;
    LeaveTogether::AtEnd([&] {
      const Loopback closing;
      LeaveTogether::AtEnd([&] { connection.Write("two"); });
      closing.Write("gone");
      connection.Write("one ");
    });
  }
  EXPECT_EQ(connection.packets(), 1U);
  EXPECT_EQ(connection.Read(7), "one two");
}

TEST(LeaveTogetherTest, LibrariesWriteByTheSendmsgOfThisProgram) {
  Dl_info found{};
  ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "sendmsg"), &found), 0);
  Dl_info ours{};
  static const int kHere = 0;
  ASSERT_NE(dladdr(&kHere, &ours), 0);
  EXPECT_EQ(found.dli_fbase, ours.dli_fbase) << found.dli_fname;
}

TEST(LeaveTogetherTest, WritesOutsideOfSuchTasksAreTheirOwn) {
  const Loopback connection;
  {
    const Turn turn;
    Turn::AtEnd([&] {
      connection.Write("one");
      EXPECT_EQ(connection.packets(), 1U);
    });
  }
  EXPECT_EQ(connection.Read(3), "one");
}

}  // namespace
}  // namespace latchkey

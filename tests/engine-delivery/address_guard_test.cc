#include "engine/delivery/address_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace latchkey {
namespace {

std::string Bytes(const std::string& text) {
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
  return bytes;
}

TEST(AddressGuardTest, AllowsWhatTheWholeInternetReaches) {
  const AddressGuard guard = *AddressGuard::Create("");
  for (const char* address : {"9.9.9.9", "172.15.255.255", "172.32.0.0", "11.0.0.0", "126.255.255.255",
                              "100.63.255.255", "100.128.0.0", "2606:4700::1111", "2a00::1"})
    EXPECT_TRUE(guard.Allows(Bytes(address))) << address;
}

TEST(AddressGuardTest, RefusesLoopbackPrivateLinkLocalAndMetadataAddresses) {
  const AddressGuard guard = *AddressGuard::Create("");
  for (const char* address : {"127.0.0.1",
                              "127.255.255.255",
                              "0.0.0.0",
                              "10.0.0.1",
                              "10.255.255.255",
                              "172.16.0.0",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "100.100.100.200",
                              "168.63.129.16",
                              "192.0.2.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "ff02::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "64:ff9b::7f00:1",
                              "2001::1"})
    EXPECT_FALSE(guard.Allows(Bytes(address))) << address;
}

TEST(AddressGuardTest, LooksIntoAddressesThatHoldAnother) {
  const AddressGuard guard = *AddressGuard::Create("");
  EXPECT_FALSE(guard.Allows(Bytes("::ffff:127.0.0.1")));
  EXPECT_FALSE(guard.Allows(Bytes("::ffff:169.254.169.254")));
  EXPECT_TRUE(guard.Allows(Bytes("::ffff:9.9.9.9")));
}

TEST(AddressGuardTest, AllowsTheNetworksThatWereNamedAndNoOthers) {
  const AddressGuard guard = *AddressGuard::Create("10.1.0.0/16, 127.0.0.1 ,fd00:1::/32");
  EXPECT_TRUE(guard.Allows(Bytes("10.1.255.255")));
  EXPECT_FALSE(guard.Allows(Bytes("10.2.0.0")));
  EXPECT_TRUE(guard.Allows(Bytes("127.0.0.1")));
  EXPECT_FALSE(guard.Allows(Bytes("127.0.0.2")));
  EXPECT_TRUE(guard.Allows(Bytes("::ffff:127.0.0.1")));
  EXPECT_TRUE(guard.Allows(Bytes("fd00:1::5")));
  EXPECT_FALSE(guard.Allows(Bytes("fd00:2::5")));
}

TEST(AddressGuardTest, NeverAllowsWhatIsNoAddressOfTheInternet) {
  const AddressGuard guard = *AddressGuard::Create("0.0.0.0/0,::/0");
  EXPECT_FALSE(guard.Allows(""));
  EXPECT_FALSE(guard.Allows("/run/socket"));
}

TEST(AddressGuardTest, SaysWhatIsNoNetwork) {
  for (const char* text : {"10.0.0.0/33", "10.0.0/8", "::/129", "localhost", "10.0.0.0/-1", "10.0.0.0/x"})
    EXPECT_EQ(AddressGuard::Create(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
}

}  // namespace
}  // namespace latchkey

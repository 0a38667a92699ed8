#include "cli/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace latchkey::cli {
namespace {

std::string FileOf(const std::string& text) {
  const auto path =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("latchkey-files-test-", getpid());
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

TEST(FilesTest, SecretsAreTrimmedAndNeverEmptyOrTwoLines) {
  EXPECT_EQ(ReadSecret(FileOf("  k-123\n")).value(), "k-123");
  EXPECT_FALSE(ReadSecret(FileOf("\n")).ok());
  EXPECT_FALSE(ReadSecret(FileOf("one\ntwo\n")).ok());
  EXPECT_FALSE(ReadSecret(FileOf("k\r\nx-evil: 1")).ok());
}

TEST(FilesTest, TokensComeBareOrInJson) {
  std::istringstream none;
  EXPECT_EQ(ReadToken(FileOf("abc\n"), none, "device_token").value(), "abc");
  std::istringstream json(R"({"device_token": "xyz", "other": 1})");
  EXPECT_EQ(ReadToken("-", json, "device_token").value(), "xyz");
  for (const char* wrong : {"{", "{}", R"({"device_token": 5})", R"({"device_token": ""})"}) {
    std::istringstream in(wrong);
    EXPECT_EQ(ReadToken("-", in, "device_token").status().code(), absl::StatusCode::kInvalidArgument)
        << wrong;
  }
}

TEST(FilesTest, WhatIsTooLargeOrNotThereIsNamed) {
  EXPECT_FALSE(ReadFile(FileOf(std::string(kFileBytesMax + 1, 'x'))).ok());
  EXPECT_TRUE(ReadFile(FileOf(std::string(kFileBytesMax, 'x'))).ok());
  EXPECT_THAT(std::string(ReadFile("/nowhere/at/all").status().message()),
              ::testing::HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace latchkey::cli

#include "adapters/sodium/key_ring_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

class KeyRingFileTest : public ::testing::Test {
 protected:
  KeyRingFileTest() : path_(absl::StrCat(testing::TempDir(), "key_ring_", getpid())) { Remove(); }
  ~KeyRingFileTest() override { Remove(); }
  void Remove() const { std::filesystem::remove(path_); }

  std::string path_;
};

TEST_F(KeyRingFileTest, CreatesARingThatOnlyItsOwnerReads) {
  ASSERT_TRUE(CreateKeyRing(path_).ok());
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto ring = LoadKeyRing(path_);
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ(ring->sealing_keys().size(), 1U);
}

TEST_F(KeyRingFileTest, NeverOverwritesOne) {
  ASSERT_TRUE(CreateKeyRing(path_).ok());
  const auto before = LoadKeyRing(path_);
  EXPECT_TRUE(absl::IsAlreadyExists(CreateKeyRing(path_)));
  EXPECT_TRUE(LoadKeyRing(path_)->hash_secret().Equals(before->hash_secret()));
}

TEST_F(KeyRingFileTest, RefusesAFileThatOthersCanReadUnlessAllowed) {
  ASSERT_TRUE(CreateKeyRing(path_).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_TRUE(LoadKeyRing(path_).ok());
  for (const mode_t mode : {0644U, 0660U, 0602U}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_TRUE(absl::IsPermissionDenied(LoadKeyRing(path_).status()));
    EXPECT_TRUE(LoadKeyRing(path_, FileModePolicy::kAny).ok());
  }
}

TEST_F(KeyRingFileTest, SaysWhichFileIsMissingTooLongOrNoFile) {
  EXPECT_TRUE(absl::IsNotFound(LoadKeyRing(path_).status()));
  EXPECT_THAT(std::string(LoadKeyRing(path_).status().message()), HasSubstr(path_));
  EXPECT_THAT(std::string(LoadKeyRing("/").status().message()), HasSubstr("not a file"));
  std::ofstream(path_) << std::string(65 * 1024, '#');
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_THAT(std::string(LoadKeyRing(path_).status().message()), HasSubstr("longer than 64 KiB"));
}

}  // namespace
}  // namespace latchkey

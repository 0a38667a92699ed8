#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TEST(ScratchFolderTest, GoesWithAllThatIsInIt) {
  std::string path;
  {
    const ScratchFolder folder;
    const ScratchFolder other;
    EXPECT_NE(folder.path(), other.path());
    path = folder.path();
    std::filesystem::create_directory(folder.File("inner"));
    ScratchFolder::Write(folder.File("inner/file"), std::string("a\0b", 3));
    EXPECT_EQ(ScratchFolder::Read(path + "/inner/file"), std::string("a\0b", 3));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace latchkey

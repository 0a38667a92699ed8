#include "adapters/sqlite/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

class SqlDatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<SqlDatabase> Open() {
    auto database = SqlDatabase::Open(path_);
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) return nullptr;
    EXPECT_TRUE((*database)->UseSchema(1, "CREATE TABLE words (id INTEGER PRIMARY KEY, word BLOB)").ok());
    return *std::move(database);
  }

  static std::vector<std::string> Words(SqlDatabase& database) {
    std::vector<std::string> words;
    auto all = database.Prepare("SELECT word FROM words ORDER BY id");
    EXPECT_TRUE(all.ok()) << all.status();
    while (*all->Step()) words.push_back(all->Bytes(0));
    return words;
  }

  ScratchFolder folder_;
  const std::string path_ = folder_.File("words");
};

absl::Status Insert(SqlDatabase& database, std::string_view word) {
  auto insert = database.Prepare("INSERT INTO words (word) VALUES (?)");
  return insert.ok() ? insert->Bind(word).Run() : insert.status();
}

TEST_F(SqlDatabaseTest, KeepsAnyBytesAndIsThereAgainWhenOpenedAgain) {
  const std::string odd("a\0'\xFF", 4);
  {
    const auto database = Open();
    ASSERT_TRUE(Insert(*database, odd).ok());
    ASSERT_TRUE(Insert(*database, "").ok());
  }
  EXPECT_EQ(Words(*Open()), (std::vector<std::string>{odd, ""}));
}

TEST_F(SqlDatabaseTest, TakesAWholeTransactionOrNothingOfIt) {
  const auto database = Open();
  EXPECT_TRUE(database->Transact([&] { return Insert(*database, "kept"); }).ok());
  const absl::Status undone = database->Transact([&] {
    EXPECT_TRUE(Insert(*database, "lost").ok());
    return absl::AbortedError("no");
  });
  EXPECT_EQ(undone.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Words(*database), std::vector<std::string>{"kept"});
}

TEST_F(SqlDatabaseTest, RunsAStatementAgain) {
  const auto database = Open();
  auto insert = database->Prepare("INSERT INTO words (id, word) VALUES (?, ?)");
  ASSERT_TRUE(insert.ok());
  EXPECT_TRUE(insert->Bind(2).Bind("b").Run().ok());
  EXPECT_TRUE(insert->Bind(1).Bind("a").Run().ok());
  EXPECT_EQ(database->changes(), 1);
  EXPECT_EQ(insert->Bind(1).Bind("a").Run().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(insert->Bind(3).Bind("c").Bind("too many").Run().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Words(*database), (std::vector<std::string>{"a", "b"}));
}

TEST_F(SqlDatabaseTest, IsForThisUserAlone) {
  Open();
  struct stat seen {};
  ASSERT_EQ(stat(path_.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600U);
}

TEST_F(SqlDatabaseTest, SaysThatAFileIsNoDatabase) {
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_EQ(SqlDatabase::Open(path_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqlDatabaseTest, RefusesALayoutThatItDoesNotKnow) {
  ASSERT_TRUE(Open()->Run("PRAGMA user_version = 7").ok());
  const auto database = SqlDatabase::Open(path_);
  ASSERT_TRUE(database.ok());
  EXPECT_EQ((*database)->UseSchema(1, "").code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace latchkey

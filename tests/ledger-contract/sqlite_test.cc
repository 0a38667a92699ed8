#include <filesystem>

#include "adapters/sqlite/sqlite_ledger.h"
#include "tests/ledger-contract/ledger_contract.h"

namespace latchkey {
namespace {

class SqliteLedgerUnderTest final : public LedgerUnderTest {
 public:
  SqliteLedgerUnderTest(LedgerLimits limits, const Clock& clock, RandomSource& random)
      : limits_(limits), clock_(clock), random_(random), ledger_(Opened(folder_)) {}
  ~SqliteLedgerUnderTest() override {
    another_.reset();
    ledger_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::remove_all(copy_);
  }
  [[nodiscard]] Ledger& ledger() override { return *ledger_; }
  [[nodiscard]] Ledger* another() override {
    if (another_ == nullptr) another_ = Opened(folder_);
    return another_.get();
  }
  // Goes on with a copy of the files as they are while the first is still open: what a kill would leave.
  bool Restart() override {
    std::filesystem::copy(folder_, copy_);
    ledger_ = Opened(copy_);
    return true;
  }

 private:
  std::unique_ptr<SqliteLedger> Opened(const std::string& folder) {
    auto ledger = SqliteLedger::Open(folder + "/ledger", "test", limits_, clock_, random_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }
  static std::string MakeFolder() {
    std::string folder = ::testing::TempDir() + "ledger.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    return folder;
  }

  const LedgerLimits limits_;
  const Clock& clock_;
  RandomSource& random_;
  const std::string folder_ = MakeFolder();
  const std::string copy_ = folder_ + ".copy";
  std::unique_ptr<SqliteLedger> ledger_;
  std::unique_ptr<SqliteLedger> another_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerContract,
                         ::testing::Values(LedgerKind{
                             "Sqlite", [](LedgerLimits limits, const Clock& clock, RandomSource& random) {
                               return std::make_unique<SqliteLedgerUnderTest>(limits, clock, random);
                             }}));

TEST(SqliteLedgerTest, RefusesAFileOfAnotherEnvironment) {
  FakeClock clock;
  SeededRandom random(1);
  std::string folder = ::testing::TempDir() + "ledger.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  ASSERT_TRUE(SqliteLedger::Open(folder + "/ledger", "staging", {}, clock, random).ok());
  EXPECT_EQ(SqliteLedger::Open(folder + "/ledger", "prod", {}, clock, random).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(SqliteLedger::Open(folder + "/ledger", "staging", {}, clock, random).ok());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace latchkey

#include <filesystem>

#include "adapters/sqlite/sqlite_ledger.h"
#include "tests/ledger-contract/ledger_contract.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

class SqliteLedgerUnderTest final : public LedgerUnderTest {
 public:
  SqliteLedgerUnderTest(LedgerLimits limits, const Clock& clock, RandomSource& random)
      : limits_(limits), clock_(clock), random_(random), ledger_(Opened(folder_)) {}
  [[nodiscard]] Ledger& ledger() override { return *ledger_; }
  [[nodiscard]] Ledger* another() override {
    if (another_ == nullptr) another_ = Opened(folder_);
    return another_.get();
  }
  // Goes on with a copy of the files as they are while the first is still open: what a kill would leave.
  bool Restart() override {
    std::filesystem::copy(folder_.path(), copy_.path());
    ledger_ = Opened(copy_);
    return true;
  }

 private:
  std::unique_ptr<SqliteLedger> Opened(const ScratchFolder& folder) {
    auto ledger = SqliteLedger::Open(folder.File("ledger"), "test", limits_, clock_, random_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }

  const LedgerLimits limits_;
  const Clock& clock_;
  RandomSource& random_;
  const ScratchFolder folder_;
  const ScratchFolder copy_;
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
  const ScratchFolder folder;
  const std::string path = folder.File("ledger");
  ASSERT_TRUE(SqliteLedger::Open(path, "staging", {}, clock, random).ok());
  EXPECT_EQ(SqliteLedger::Open(path, "prod", {}, clock, random).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(SqliteLedger::Open(path, "staging", {}, clock, random).ok());
}

}  // namespace
}  // namespace latchkey

#include "engine/incident/memory_ledger.h"
#include "tests/ledger-contract/ledger_contract.h"

namespace latchkey {
namespace {

class MemoryLedgerUnderTest final : public LedgerUnderTest {
 public:
  MemoryLedgerUnderTest(LedgerLimits limits, const Clock& clock, RandomSource& random)
      : ledger_(limits, clock, random) {}
  [[nodiscard]] Ledger& ledger() override { return ledger_; }
  [[nodiscard]] Ledger* another() override { return &ledger_; }
  bool Restart() override { return false; }

 private:
  MemoryLedger ledger_;
};

INSTANTIATE_TEST_SUITE_P(Memory, LedgerContract,
                         ::testing::Values(LedgerKind{
                             "Memory", [](LedgerLimits limits, const Clock& clock, RandomSource& random) {
                               return std::make_unique<MemoryLedgerUnderTest>(limits, clock, random);
                             }}));

}  // namespace
}  // namespace latchkey

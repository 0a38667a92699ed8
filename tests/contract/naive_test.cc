#include "tests/contract/signal_store_contract.h"
#include "tests/support/naive_signal_store.h"

namespace latchkey {
namespace {

INSTANTIATE_TEST_SUITE_P(Naive, SignalStoreContract,
                         testing::Values(StoreUnderTest{
                             "naive",
                             [](const Clock& clock) { return std::make_shared<NaiveSignalStore>(clock); }}),
                         StoreUnderTest::Name);

}  // namespace
}  // namespace latchkey

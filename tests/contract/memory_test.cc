#include "adapters/memory/memory_signal_store.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, SignalStoreContract,
                         testing::Values(StoreUnderTest{"memory",
                                                        [](const Clock& clock) {
                                                          return std::make_shared<MemorySignalStore>(
                                                              clock, MemoryStoreOptions{});
                                                        }}),
                         StoreUnderTest::Name);

}  // namespace
}  // namespace latchkey

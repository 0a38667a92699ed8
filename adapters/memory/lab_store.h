// The memory store as the scenario lab takes it.
#pragma once

#include <memory>

#include "adapters/memory/memory_signal_store.h"
#include "engine/lab/lab_engine.h"

namespace latchkey {

[[nodiscard]] inline lab::LabPorts MemoryLabPorts() {
  return {.make_store = [](const Clock& clock, int64_t entries_max) {
    MemoryStoreOptions options;
    if (entries_max > 0) options.entries_max = static_cast<size_t>(entries_max);
    auto store = std::make_unique<MemorySignalStore>(clock, options);
    const MemorySignalStore* held = store.get();
    return lab::LabStore{.store = std::move(store), .bytes = [held] { return held->metrics().bytes; }};
  }};
}

}  // namespace latchkey

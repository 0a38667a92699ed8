// Memory that is asked for before it is looked at, so that the processor fetches it meanwhile.
#pragma once

#include <cstddef>

namespace latchkey {

enum class For : bool { kReading, kWriting };

// Begins to load so many bytes. A hint: nothing is read, and the memory need not be there any more.
template <For use = For::kReading>
void Prefetch(const void* from, size_t bytes) {
  constexpr size_t kLine = 64;
  if (bytes == 0) return;
  const auto* const begin = static_cast<const char*>(from);
  for (size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(begin + at, static_cast<int>(use));
  // They need not begin where a line does.
  __builtin_prefetch(begin + bytes - 1, static_cast<int>(use));
}

}  // namespace latchkey

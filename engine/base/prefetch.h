// Memory that is asked for before it is looked at, so that the processor fetches it meanwhile.
#pragma once

#include <cstddef>

namespace latchkey {

enum class For : bool { kReading, kWriting };

// Begins to load the line of the processor's cache that this lies in. A hint: nothing is read, and the memory
// need not be there any more.
template <For use = For::kReading>
void PrefetchLine(const void* at) {
  __builtin_prefetch(at, static_cast<int>(use));
  // GCC takes a function that only prefetches for one without effects, and drops the calls of it that it does
  // not put in line at once. This is an effect.
  asm volatile("");
}

// The same for so many bytes.
template <For use = For::kReading>
void Prefetch(const void* from, size_t bytes) {
  constexpr size_t kLine = 64;
  if (bytes == 0) return;
  const auto* const begin = static_cast<const char*>(from);
  for (size_t at = 0; at < bytes; at += kLine) PrefetchLine<use>(begin + at);
  // They need not begin where a line does.
  PrefetchLine<use>(begin + bytes - 1);
}

}  // namespace latchkey

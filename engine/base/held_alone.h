// Whether shared memory may be used again.
#pragma once

#include <memory>

namespace latchkey {

// Whether nobody else holds what `held` does. If so, whatever the others did with it has happened before.
template <typename T>
[[nodiscard]] bool HeldAlone(const std::shared_ptr<T>& held) {
  if (held.use_count() != 1) return false;
  // Reading the count alone orders nothing. To hold it once more acquires what those released who let go; a
  // fence would do as well, but ThreadSanitizer knows of none.
  const std::shared_ptr<T> again = held;  // NOLINT(performance-unnecessary-copy-initialization)
  return true;
}

}  // namespace latchkey

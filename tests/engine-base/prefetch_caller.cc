// Compiled as a release is, to see that the hint is not optimized away (CMakeLists.txt).
#include "engine/base/prefetch.h"

namespace latchkey {
namespace {

// As if it were too large to be put in line.
[[gnu::noinline]] void Expect(const char* from) { Prefetch(from, 64); }

}  // namespace

void Call(const char* from);
void Call(const char* from) { Expect(from); }

}  // namespace latchkey

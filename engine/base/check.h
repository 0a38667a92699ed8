// LATCHKEY_CHECK(condition): states an invariant of our own code and stops the process when it does not
// hold. Never for facts about the outside world: those are statuses.
#pragma once

#include <cstdio>
#include <cstdlib>

#define LATCHKEY_CHECK(condition)                                                            \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)

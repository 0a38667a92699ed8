// Early return of a status that is not OK.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define LATCHKEY_RETURN_IF_ERROR(expression)                  \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

#define LATCHKEY_CONCAT_INNER(a, b) a##b
#define LATCHKEY_CONCAT(a, b) LATCHKEY_CONCAT_INNER(a, b)

// LATCHKEY_ASSIGN_OR_RETURN(auto policy, Load(path));
#define LATCHKEY_ASSIGN_OR_RETURN(target, expression) \
  LATCHKEY_ASSIGN_OR_RETURN_INNER(LATCHKEY_CONCAT(statusor_, __LINE__), target, expression)
#define LATCHKEY_ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                                       \
  if (!holder.ok()) return holder.status();                         \
  target = *std::move(holder)

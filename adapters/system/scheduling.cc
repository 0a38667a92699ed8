#include "adapters/system/scheduling.h"

#include <sched.h>

namespace latchkey {

void PreferWholeTurns() {
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace latchkey

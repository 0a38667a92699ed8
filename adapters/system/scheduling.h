// How the kernel takes turns with the threads of this process.
#pragma once

namespace latchkey {

// From here on a thread that is woken does not push aside one that runs, where both need the same processor:
// SCHED_BATCH of sched(7), "without interactivity causing extra preemptions between the workload's tasks".
// Whoever has read ten answers then sees to all ten before those run that each of them wakes. A processor
// that is free takes a woken thread at once, as ever.
//
// Holds for the calling thread and all that are started after it; call it first. Where the system does not
// allow it, nothing changes.
void PreferWholeTurns();

}  // namespace latchkey

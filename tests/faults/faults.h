// The faults, each with what may be lost by it, on real redis-servers and real latchkeyd.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/faults/load.h"

namespace latchkey::faults {

// What a store can be made to suffer. On the thread that made it.
class Site {
 public:
  virtual ~Site() = default;
  [[nodiscard]] virtual Nodes& nodes() = 0;
};

// How much of what was acknowledged the store may forget.
enum class Loss : uint8_t {
  kNothing,
  kASecond,  // Of the last second before it: the log's fsync, the replica's delay.
  kAWipe,  // What was charged a second before it and until it is noticed (1 s): nodes put back what they saw.
};

struct Fault {
  std::string name;
  std::string site;  // "standalone", "sentinel", "cluster"
  Loss loss = Loss::kNothing;
  double recovery_s = 10;
  // Does it, as long as it takes; the load goes on meanwhile. When it returns, everything that was broken is
  // mended but for what mends itself. Answers in words what else did not hold.
  std::function<std::vector<std::string>(Site&)> inflict;
};

// `invented`: how many accounts are invented where Redis is short of memory.
[[nodiscard]] std::vector<Fault> AllFaults(int64_t invented);

struct Report {
  std::string fault;
  int in_flight = 0;  // When it began.
  Verdict verdict;
  Bounds bounds;
  double recovered_s = -1;  // From its end on.
};

// `calm`: how long the load runs before and after.
[[nodiscard]] Report Play(const Fault& fault, Site& site, uint64_t seed, std::chrono::milliseconds calm);

// Throws std::runtime_error when it cannot be set up.
[[nodiscard]] std::unique_ptr<Site> MakeSite(const std::string& name);

// Reports as a table, and as JSON.
void PrintHead(std::ostream& out);
void PrintRow(const Report& report, std::ostream& out);
[[nodiscard]] std::string ToJson(const std::vector<Report>& reports, uint64_t seed);

}  // namespace latchkey::faults

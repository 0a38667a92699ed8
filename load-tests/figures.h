// The figures that the project is held to, each under a name that stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load-tests/compare.h"
#include "load-tests/spread.h"

namespace latchkey::load {

enum class Sense : uint8_t { kNone, kAtLeast, kAtMost };  // what a target asks; kNone: nothing

struct Figure {
  std::string name;  // as in "assess_ratio"
  std::string what;  // in words
  Sense sense = Sense::kNone;
  double target = 0;
  std::optional<Spread> spread;  // nothing: not measured

  [[nodiscard]] bool missed() const;  // measured, and the median does not reach the target
};

// How a peer's single check stands beside a full login of ours (Assess and Report), server and Redis
// together, on a store of the same kind.
struct PeerFigures {
  std::string name;
  std::string version;
  std::string absent;  // why it was not measured; empty: it was
  bool redis = false;
  double checks_per_second = 0;  // median
  double server_busy = 0;        // median
  double refused_share = 0;      // median
  Spread server_us;              // processor time a check
  Spread redis_us;
  Figure login_converse;  // checks' cost / a login's by Converse
  Figure login_unary;
};

// In the order of the table.
std::vector<Figure> FiguresOf(const Comparison& comparison);
std::vector<PeerFigures> PeerFiguresOf(const Comparison& comparison);
// What was measured and missed, what failed, and what Redis was asked too often, in words.
std::vector<std::string> MissedIn(const Comparison& comparison);

// Everything, for scripts and for pages. Not measured is null; an absent peer has no numbers.
std::string CompareJson(const CompareSettings& settings, const Comparison& comparison);

}  // namespace latchkey::load

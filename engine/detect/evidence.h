// Odds, term by term: each piece of evidence multiplies them, so their logarithms add up.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine/detect/finding.h"

namespace latchkey {

[[nodiscard]] inline double LogOdds(double probability) { return std::log(probability / (1 - probability)); }
[[nodiscard]] inline double ProbabilityOf(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

// Thread-compatible.
class Evidence {
 public:
  // `weight`: log likelihood ratio, natural logarithm. Nothing is noted of what weighs nothing.
  void Add(std::string name, double value, double weight, std::string text) {
    log_odds_ += weight;
    if (weight != 0) terms_.push_back({std::move(name), value, weight, std::move(text)});
  }
  [[nodiscard]] double log_odds() const { return log_odds_; }
  [[nodiscard]] double probability() const { return ProbabilityOf(log_odds_); }
  [[nodiscard]] const std::vector<EvidenceTerm>& terms() const { return terms_; }

 private:
  double log_odds_ = 0;
  std::vector<EvidenceTerm> terms_;
};

}  // namespace latchkey

// The matrix: what came out for each policy in each scenario.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/lab/lab_files.h"
#include "engine/lab/lab.h"

namespace latchkey::cli {

struct MatrixRow {
  std::string policy;
  const lab::Scenario* scenario = nullptr;
  lab::Figures figures;
};

struct Matrix {
  uint64_t seed = 1;
  std::vector<std::string> policies;
  std::vector<lab::Scenario> scenarios;
  std::vector<MatrixRow> rows;  // scenario by scenario, in each the policies in order
};

// What a policy came to over all scenarios: the worst of each figure. A stolen token spends its own device's
// budget, so such scenarios count for guesses alone.
struct PolicySummary {
  std::string policy;
  double changed_answers = 0;                 // of known devices, in all attacks together
  std::optional<double> known_available;      // least
  std::optional<double> new_available;        // least
  double guesses_per_account_24h = 0;         // most
  std::optional<double> usd_per_victim_hour;  // least; absent: not to be had
  double benign_refused = 0;                  // most, without attack
  double benign_challenged = 0;               // most, without attack
};
[[nodiscard]] std::vector<PolicySummary> Summarize(const Matrix& matrix);

// Policies that come out better than `policy` in every scenario: each headline figure at least as good, and
// one better.
[[nodiscard]] std::vector<std::string> BetterEverywhere(const Matrix& matrix, const std::string& policy);

// Plays all; `progress` is told how many of how many are done. `threads`: at least 1.
[[nodiscard]] Matrix PlayMatrix(const std::vector<NamedPolicy>& policies,
                                std::vector<lab::Scenario> scenarios, uint64_t seed, int threads,
                                const std::function<void(size_t, size_t)>& progress);

// {"seed": 1, "rows": [{"policy": …, "scenario": …, …}]}; null: there is no such figure.
[[nodiscard]] std::string MatrixJson(const Matrix& matrix);
void ShowMatrix(const Matrix& matrix, std::ostream& out);
// A page that needs nothing else: tables and charts.
[[nodiscard]] std::string MatrixHtml(const Matrix& matrix);

// "0", "0.0012", "1,204", "-" for none.
[[nodiscard]] std::string FigureText(const lab::Figures::Figure& figure);

}  // namespace latchkey::cli

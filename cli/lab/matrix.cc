#include "cli/lab/matrix.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_format.h"
#include "adapters/memory/lab_store.h"
#include "cli/table.h"

namespace latchkey::cli {
namespace {

using Figure = lab::Figures::Figure;
using lab::Figures;

void Least(std::optional<double>& least, const Figure& figure) {
  if (figure) least = least ? std::min(*least, *figure) : *figure;
}

// The headline of a row: what "better" is judged by.
constexpr std::string_view kHeadline[] = {
    "owner_known_changed_answers", "owner_known_available", "owner_new_available",
    "guesses_per_account_24h",     "benign_refused",        "benign_challenged"};

enum class Order { kWorse, kEqual, kBetter };

// How `a` stands to `b` in one row.
Order Against(const Figures& a, const Figures& b) {
  Order order = Order::kEqual;
  for (std::string_view name : kHeadline) {
    const lab::FigureKind* kind = lab::FindFigure(name);
    const Figure& left = a.*(kind->member);
    const Figure& right = b.*(kind->member);
    if (!left || !right || *left == *right) continue;
    if ((*left > *right) != (kind->better > 0)) return Order::kWorse;
    order = Order::kBetter;
  }
  return order;
}

}  // namespace

std::string FigureText(const Figure& figure) {
  if (!figure) return "-";
  if (*figure == std::floor(*figure) && std::abs(*figure) < 1e15) return absl::StrFormat("%.0f", *figure);
  return absl::StrFormat("%.4g", *figure);
}

std::vector<PolicySummary> Summarize(const Matrix& matrix) {
  std::vector<PolicySummary> all;
  for (const std::string& policy : matrix.policies) {
    PolicySummary sum{.policy = policy};
    for (const MatrixRow& row : matrix.rows) {
      if (row.policy != policy) continue;
      const Figures& figures = row.figures;
      if (row.scenario->attack.empty()) {
        sum.benign_refused = std::max(sum.benign_refused, figures.benign_refused.value_or(0));
        sum.benign_challenged = std::max(sum.benign_challenged, figures.benign_challenged.value_or(0));
        continue;
      }
      sum.guesses_per_account_24h =
          std::max(sum.guesses_per_account_24h, figures.guesses_per_account_24h.value_or(0));
      if (row.scenario->StealsProof()) continue;
      sum.changed_answers += figures.owner_known_changed_answers.value_or(0);
      Least(sum.known_available, figures.owner_known_available);
      Least(sum.new_available, figures.owner_new_available);
      Least(sum.usd_per_victim_hour, figures.attacker_cost_usd_per_victim_hour);
    }
    all.push_back(std::move(sum));
  }
  return all;
}

std::vector<std::string> BetterEverywhere(const Matrix& matrix, const std::string& policy) {
  std::vector<std::string> better;
  for (const std::string& other : matrix.policies) {
    if (other == policy) continue;
    bool everywhere = true;
    for (const lab::Scenario& scenario : matrix.scenarios) {
      const Figures* own = nullptr;
      const Figures* others = nullptr;
      for (const MatrixRow& row : matrix.rows) {
        if (row.scenario->name != scenario.name) continue;
        if (row.policy == policy) own = &row.figures;
        if (row.policy == other) others = &row.figures;
      }
      everywhere =
          everywhere && own != nullptr && others != nullptr && Against(*others, *own) == Order::kBetter;
    }
    if (everywhere) better.push_back(other);
  }
  return better;
}

Matrix PlayMatrix(const std::vector<NamedPolicy>& policies, std::vector<lab::Scenario> scenarios,
                  uint64_t seed, int threads, const std::function<void(size_t, size_t)>& progress) {
  Matrix matrix{.seed = seed, .policies = {}, .scenarios = std::move(scenarios), .rows = {}};
  for (const NamedPolicy& policy : policies) matrix.policies.push_back(policy.name);
  for (const lab::Scenario& scenario : matrix.scenarios) {
    for (const NamedPolicy& policy : policies)
      matrix.rows.push_back({.policy = policy.name, .scenario = &scenario, .figures = {}});
  }
  const lab::LabPorts ports = MemoryLabPorts();
  std::atomic<size_t> next{0};
  std::atomic<size_t> done{0};
  std::mutex telling;
  auto play = [&] {
    for (size_t i = next++; i < matrix.rows.size(); i = next++) {
      MatrixRow& row = matrix.rows[i];
      row.figures = lab::RunScenario(*row.scenario, policies[i % policies.size()].policy, ports, seed);
      ++done;
      const std::lock_guard<std::mutex> lock(telling);
      progress(done, matrix.rows.size());
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back(play);
  play();
  for (std::thread& helper : helpers) helper.join();
  return matrix;
}

std::string MatrixJson(const Matrix& matrix) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const MatrixRow& row : matrix.rows) {
    nlohmann::ordered_json json{{"policy", row.policy},
                                {"scenario", row.scenario->name},
                                {"id", row.scenario->id},
                                {"attack", !row.scenario->attack.empty()}};
    for (const lab::FigureKind& kind : lab::FigureKinds()) {
      const Figure& figure = row.figures.*(kind.member);
      nlohmann::ordered_json& value = json[std::string(kind.name)];
      if (!figure) continue;  // null
      if (*figure == std::floor(*figure) && std::abs(*figure) < 1e15) {
        value = static_cast<int64_t>(*figure);
      } else {
        value = *figure;
      }
    }
    rows.push_back(std::move(json));
  }
  return nlohmann::ordered_json{{"seed", matrix.seed}, {"rows", std::move(rows)}}.dump(2);
}

void ShowMatrix(const Matrix& matrix, std::ostream& out) {
  using Align = Table::Align;
  Table rows({{"SCENARIO"},
              {"POLICY"},
              {"CHANGED", Align::kRight},
              {"KNOWN", Align::kRight},
              {"NEW", Align::kRight},
              {"GUESSES/24h", Align::kRight},
              {"REFUSED", Align::kRight},
              {"CHALLENGED", Align::kRight},
              {"$/VICTIM-HOUR", Align::kRight}});
  for (const MatrixRow& row : matrix.rows) {
    const Figures& f = row.figures;
    rows.Add({row.scenario->name, row.policy, FigureText(f.owner_known_changed_answers),
              FigureText(f.owner_known_available), FigureText(f.owner_new_available),
              FigureText(f.guesses_per_account_24h), FigureText(f.benign_refused),
              FigureText(f.benign_challenged), FigureText(f.attacker_cost_usd_per_victim_hour)});
  }
  rows.Print(out);
  out << "\nThe worst of each policy (refused and challenged: without an attack; all but guesses: a stolen "
         "token apart)\n";
  Table sums({{"POLICY"},
              {"CHANGED", Align::kRight},
              {"KNOWN", Align::kRight},
              {"NEW", Align::kRight},
              {"GUESSES/24h", Align::kRight},
              {"REFUSED", Align::kRight},
              {"CHALLENGED", Align::kRight},
              {"$/VICTIM-HOUR", Align::kRight}});
  for (const PolicySummary& sum : Summarize(matrix)) {
    sums.Add({sum.policy, FigureText(sum.changed_answers), FigureText(sum.known_available),
              FigureText(sum.new_available), FigureText(sum.guesses_per_account_24h),
              FigureText(sum.benign_refused), FigureText(sum.benign_challenged),
              FigureText(sum.usd_per_victim_hour)});
  }
  sums.Print(out);
}

}  // namespace latchkey::cli

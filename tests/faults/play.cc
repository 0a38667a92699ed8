#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <thread>

#include "nlohmann/json.hpp"
#include "tests/faults/faults.h"

namespace latchkey::faults {
namespace {

using std::chrono::steady_clock;

double SecondsSince(Moment begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// Until both nodes answer soundly, three times in a row.
double AwaitSound(Load& load, double patience_s) {
  const Moment begin = steady_clock::now();
  double sound_at = 0;
  for (int in_a_row = 0; in_a_row < 3;) {
    const double now = SecondsSince(begin);
    if (now > patience_s) return -1;
    if (load.Sound()) {
      if (in_a_row++ == 0) sound_at = now;
    } else {
      in_a_row = 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return sound_at;
}

}  // namespace

Report Play(const Fault& fault, Site& site, uint64_t seed, std::chrono::milliseconds calm) {
  static int played = 0;
  LoadOptions options;
  options.seed = seed;
  options.name = "f" + std::to_string(++played);
  Load load(site.nodes(), options);
  Report report{.fault = fault.site + "/" + fault.name, .verdict = {}, .bounds = {}};
  load.Start();
  std::this_thread::sleep_for(calm);
  report.in_flight = load.in_flight();
  const Moment begin = steady_clock::now();
  const std::vector<std::string> also_wrong = fault.inflict(site);
  const Moment end = steady_clock::now();
  report.recovered_s = AwaitSound(load, 2 * fault.recovery_s);
  std::this_thread::sleep_for(calm);
  load.Stop();
  const std::map<std::string, int> exhausted = load.Exhaust();
  const std::vector<Act> acts = load.acts();

  // P11: without its store a node admits its local share, once a window; beyond that only what the store
  // forgot.
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(end - begin);
  report.bounds = {.budget = kBudget, .recovery_s = fault.recovery_s};
  if (fault.loss == Loss::kASecond) report.bounds.lost = AcknowledgedIn(acts, begin, std::chrono::seconds(1));
  if (fault.loss == Loss::kAWipe)
    report.bounds.lost = AcknowledgedIn(acts, end + std::chrono::seconds(1), whole + std::chrono::seconds(2));
  report.bounds.overshoot = kNodes * kLocalBudget + std::min(report.bounds.lost, kBudget);
  if (std::getenv("LATCHKEY_FAULTS_LOGS") != nullptr) std::cerr << site.nodes().Log(0) << site.nodes().Log(1);
  report.verdict = Judge(acts, exhausted, report.bounds, report.recovered_s);
  report.verdict.wrong.insert(report.verdict.wrong.end(), also_wrong.begin(), also_wrong.end());
  return report;
}

void PrintHead(std::ostream& out) {
  out << std::left << std::setw(28) << "FAULT" << std::right;
  for (const char* title : {"IN FLIGHT", "REFUSED", "DEGRADED", "OWNERS REFUSED", "FALLEN", "LOST", "BOUND",
                            "OVERSHOOT", "BOUND", "RECOVERED"})
    out << "  " << std::setw(static_cast<int>(std::string(title).size())) << title;
  out << '\n';
}

void PrintRow(const Report& report, std::ostream& out) {
  const Verdict& verdict = report.verdict;
  out << std::left << std::setw(28) << report.fault << std::right << "  " << std::setw(9) << report.in_flight
      << "  " << std::setw(7) << verdict.refused << "  " << std::setw(8) << verdict.degraded << "  "
      << std::setw(14) << verdict.owners_refused << "  " << std::setw(6) << verdict.fallen << "  "
      << std::setw(4) << verdict.lost_acknowledged << "  " << std::setw(5) << report.bounds.lost << "  "
      << std::setw(9) << verdict.overshoot << "  " << std::setw(5) << report.bounds.overshoot << "  ";
  if (report.recovered_s < 0) {
    out << std::setw(9) << "never";
  } else {
    out << std::setw(7) << std::fixed << std::setprecision(2) << report.recovered_s << " s";
  }
  for (const std::string& wrong : verdict.wrong) out << "  BROKEN " << wrong;
  out << std::endl;
}

std::string ToJson(const std::vector<Report>& reports, uint64_t seed) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Report& report : reports) {
    const Verdict& verdict = report.verdict;
    rows.push_back({{"fault", report.fault},
                    {"in_flight", report.in_flight},
                    {"refused", verdict.refused},
                    {"degraded", verdict.degraded},
                    {"lost_acknowledged", verdict.lost_acknowledged},
                    {"lost_bound", report.bounds.lost},
                    {"overshoot", verdict.overshoot},
                    {"bound", report.bounds.overshoot},
                    {"owners_refused", verdict.owners_refused},
                    {"owners_fallen", verdict.fallen},
                    {"crossed", verdict.crossed},
                    {"unanswered", verdict.unanswered},
                    {"recovered_s", report.recovered_s},
                    {"recovery_bound_s", report.bounds.recovery_s},
                    {"broken", verdict.wrong}});
  }
  return nlohmann::ordered_json{{"seed", seed}, {"faults", rows}}.dump(1);
}

}  // namespace latchkey::faults

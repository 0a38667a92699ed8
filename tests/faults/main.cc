// ./dev faults: plays every fault on real servers and says what was lost. Exit code 1 when a bound is broken.
#include <iostream>

#include "CLI/CLI.hpp"
#include "tests/faults/faults.h"

namespace latchkey::faults {
namespace {

int Run(uint64_t seed, int64_t invented, const std::vector<std::string>& wanted, bool json) {
  const auto is_wanted = [&](const Fault& fault) {
    if (wanted.empty()) return true;
    for (const std::string& each : wanted) {
      if (each == fault.site || each == fault.name || each == fault.site + "/" + fault.name) return true;
    }
    return false;
  };
  std::ostream& table = json ? std::cerr : std::cout;
  table << "seed " << seed << '\n';
  PrintHead(table);
  std::vector<Report> reports;
  std::unique_ptr<Site> site;
  std::string there;
  bool sound = true;
  for (const Fault& fault : AllFaults(invented)) {
    if (!is_wanted(fault)) continue;
    if (fault.site != there) {
      site.reset();
      site = MakeSite(fault.site);
      there = fault.site;
    }
    reports.push_back(Play(fault, *site, seed, std::chrono::milliseconds(1500)));
    PrintRow(reports.back(), table);
    sound = sound && reports.back().verdict.wrong.empty();
  }
  if (json) std::cout << ToJson(reports, seed) << '\n';
  if (reports.empty()) std::cerr << "no such fault\n";
  return sound && !reports.empty() ? 0 : 1;
}

}  // namespace
}  // namespace latchkey::faults

int main(int argc, char** argv) {
  CLI::App app("Plays faults on real redis-servers and real latchkeyd, under a load of known attempts.",
               "faults");
  uint64_t seed = 1;
  int64_t invented = 1'000'000;
  std::vector<std::string> wanted;
  std::string output = "table";
  app.add_option("--seed", seed, "Of the load [1]");
  app.add_option("--invented", invented,
                 "Accounts that are invented where Redis is short of memory [1000000]");
  app.add_option("--fault", wanted, "Only these: sites, faults, or site/fault [all]");
  app.add_option("-o,--output", output, "table or json [table]")->check(CLI::IsMember({"table", "json"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return latchkey::faults::Run(seed, invented, wanted, output == "json");
  } catch (const std::exception& error) {
    std::cerr << "faults: " << error.what() << '\n';
    return 2;
  }
}

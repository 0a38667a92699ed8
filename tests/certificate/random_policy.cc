#include "tests/certificate/random_policy.h"

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/policy_file/yaml_policy_reader.h"

namespace latchkey {
namespace {

class Writer {
 public:
  explicit Writer(uint64_t seed) : dice_(seed) {}

  std::string Policy() {
    std::string text = absl::StrCat(
        "version: 1\nname: random\nbounds: { 24h: 100 }\n"
        "accept_risk: [P1, P2, P4, P5, P8, P10]\nlanes:\n",
        "  device:     { ", Until(), ", devices: ", Between(1, 4), ", token_ttl: 90d }\n", "  recovered:  { ",
        Until(), ", recoveries: [", Recoveries(), "], token_ttl: ", Pick({"10m", "1h", "3h"}),
        " }\n  familiar:   { ", Failures(), ", sources: ", Between(1, 4), ", remember: 90d }\n",
        "  challenged: { ", Failures(), " }\n  stranger:   { ", Failures(), " }\n");
    const int rules = Between(0, 3);
    absl::StrAppend(&text, rules == 0 ? "" : "rules:\n");
    for (int i = 0; i < rules; ++i) absl::StrAppend(&text, Rule(i));
    return text;
  }

 private:
  int Between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(dice_); }
  bool Chance(double probability) { return std::bernoulli_distribution(probability)(dice_); }
  std::string Pick(const std::vector<std::string>& from) {
    return from[static_cast<size_t>(Between(0, static_cast<int>(from.size()) - 1))];
  }

  std::string Failures() {
    const int few = Between(1, 25);
    if (Chance(0.5)) return absl::StrCat("failures: [", few, " per ", Pick({"10m", "1h", "5h", "24h"}), "]");
    return absl::StrCat("failures: [", few, " per ", Pick({"20m", "1h", "7h"}), ", ", few + Between(0, 60),
                        " per ", Pick({"24h", "10d"}), "]");
  }
  std::string Until() {
    return Chance(0.6) ? absl::StrCat("failures: ", Between(1, 8), ", until: success") : Failures();
  }
  std::string Recoveries() {
    return Chance(0.5) ? absl::StrCat(Between(1, 3), " per ", Pick({"1h", "24h"})) : "2 per 6h, 4 per 30d";
  }

  std::string Lanes() {
    const std::vector<std::string> names = {"device", "recovered", "familiar", "challenged", "stranger"};
    if (Chance(0.35)) return "all";
    std::vector<std::string> some;
    for (const std::string& name : names) {
      if (Chance(0.4)) some.push_back(name);
    }
    if (some.empty()) some = {"stranger"};
    return absl::StrCat("[", absl::StrJoin(some, ", "), "]");
  }

  std::string Limit() {
    const std::string above = absl::StrCat("{ above: ", Between(1, 20), ", in: ");
    const std::string window = Pick({"90s", "5m", "15m", "1h", "6h", "24h"});
    switch (Between(0, 5)) {
      case 0:
        return absl::StrCat(above, window, ", then: challenge }");
      case 1:
        return absl::StrCat(above, window, ", then: lockout, for: ", Pick({"1m", "10m", "1h"}), " }");
      case 2:
      case 3:
        return absl::StrCat(above, window, ", then: throttle, wait: { first: ", Pick({"1s", "30s", "3m"}),
                            ", factor: ", Pick({"1", "1.5", "2"}), ", max: ", Pick({"5m", "1h"}), " } }");
      case 4:
        return absl::StrCat(above, "ever, quiet: ", Pick({"10m", "2h"}),
                            ", then: throttle, wait: { first: ", Pick({"1s", "20s"}),
                            ", factor: 2, max: ", Pick({"3m", "1h"}), " } }");
      default:
        return absl::StrCat(above, "ever, ", Pick({"until: success", "quiet: 1h"}), ", then: lockout }");
    }
  }

  std::string Rule(int number) {
    const bool device = Chance(0.15);
    std::string by =
        device ? "[device]"
               : Pick({"[account]", "[account]", "[account, source]", "[account, network]", "[source]"});
    std::string text =
        absl::StrCat("  - id: rule-", number, "\n    count: ", Pick({"failures", "failures", "attempts"}),
                     "\n    by: ", by, "\n    from: ", device ? "[device]" : Lanes(), "\n    limits:\n");
    for (int i = Between(1, 3); i > 0; --i) absl::StrAppend(&text, "      - ", Limit(), "\n");
    return text;
  }

  std::mt19937_64 dice_;
};

}  // namespace

std::string RandomPolicy(uint64_t seed) {
  for (uint64_t attempt = 0;; ++attempt) {
    std::string text = Writer(seed * 1000 + attempt).Policy();
    if (YamlPolicyReader().Read(text, 1).policy != nullptr) return text;
  }
}

}  // namespace latchkey

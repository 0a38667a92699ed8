// The certificate of every policy that we ship, line by line, as we have read and found it right.
//
// When a change of a policy or of the certificate is meant, write the file anew and read what has changed:
//   LATCHKEY_WRITE_GOLDEN=1 build/dev/tests/baselines/baselines_test --gtest_filter='CertificatesTest.*'
//   git diff tests/baselines/certificates.golden.json
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_join.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/policy/certificate/lines.h"
#include "tests/baselines/attack.h"

namespace latchkey {
namespace {

using Json = nlohmann::ordered_json;

const char* const kGolden = LATCHKEY_ROOT "/tests/baselines/certificates.golden.json";

Json LinesOfAll() {
  Json all = Json::object();
  const auto add = [&all](const std::string& name, const std::string& text) {
    Json& policy = all[name];
    for (const CertificateLine& line : LinesOf(Certify(*PolicyOf(text))))
      policy[line.section][line.name] = line.value;
  };
  add("default", DefaultPolicyText());
  for (const std::string& name : BaselineNames()) add(name, BaselineText(name));
  return all;
}

TEST(CertificatesTest, AreThoseOfTheGoldenFile) {
  const std::string text = LinesOfAll().dump(1) + "\n";
  if (std::getenv("LATCHKEY_WRITE_GOLDEN") != nullptr) {
    std::ofstream(kGolden) << text;
    GTEST_SKIP() << "written";
  }
  EXPECT_EQ(Require(ReadPolicyText(kGolden)), text) << "how to write it anew is said at the top of this test";
}

TEST(CertificatesTest, AreSummedUpInTheDocs) {
  const std::string docs = Require(ReadPolicyText(LATCHKEY_ROOT "/docs/baselines.md"));
  const Json all = LinesOfAll();
  for (const auto& [name, certificate] : all.items()) {
    std::vector<std::string> given_up;
    for (const auto& [promise, keeping] : certificate["Promises"].items()) {
      if (keeping == "accepted") given_up.push_back(promise.substr(0, promise.find(' ')));
    }
    const Json& guesses = certificate["Guesses at one account's password"];
    const Json& standards = certificate["Standards"];
    const std::string row =
        absl::StrJoin({name, given_up.empty() ? "nothing" : absl::StrJoin(given_up, ", "),
                       guesses["in 24h"].get<std::string>(), guesses["in 30d"].get<std::string>(),
                       standards["PCI DSS 4.0.1 8.3.4"].get<std::string>(),
                       standards["OWASP ASVS 5.0 §6.1.1"].get<std::string>()},
                      " | ");
    EXPECT_NE(docs.find("| " + row + " |\n"), std::string::npos)
        << "docs/baselines.md lacks | " << row << " |";
  }
}

TEST(CertificatesTest, NoBaselineGivesUpWhatItKeeps) {
  for (const std::string& name : BaselineNames()) {
    const auto policy = PolicyOf(BaselineText(name));
    for (const PromiseLine& line : Certify(*policy).promises) {
      if (!policy->spec().accept_risk.contains(line.promise)) continue;
      EXPECT_EQ(KeepingName(line.keeping), "accepted")
          << name << " gives up " << line.promise << " for nothing";
    }
  }
}

TEST(CertificatesTest, TheDefaultKeepsEveryPromise) {
  for (const PromiseLine& line : Certify(*PolicyOf(DefaultPolicyText())).promises)
    EXPECT_EQ(line.keeping, Keeping::kKept) << line.promise << ": " << line.reason;
}

}  // namespace
}  // namespace latchkey

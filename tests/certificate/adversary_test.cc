// Every bound is attacked: adversaries on the real engine must not beat the certificate by one guess, and
// must come near it, or the bound says nothing. LATCHKEY_SEEDS=n searches n times as long.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/policy/certificate/words.h"
#include "tests/certificate/random_policy.h"
#include "tests/certificate/search.h"

namespace latchkey {
namespace {

constexpr double kNear = 0.85;
constexpr double kNearWhereExact = 0.95;

std::string TextOf(const std::string& file) {
  return Require(ReadPolicyText(LATCHKEY_ROOT "/policies/" + file));
}

std::vector<std::string> ShippedPolicies() {
  std::vector<std::string> files = {"default.yaml"};
  for (const auto& entry : std::filesystem::directory_iterator(LATCHKEY_ROOT "/policies/baselines")) {
    if (entry.path().extension() == ".yaml") files.push_back("baselines/" + entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The budget of one search.
int Tries(uint64_t fewest) { return static_cast<int>(SeedsToTry(fewest, StoreKind::kMemory)); }

Nearest AttackBound(const std::string& name, const std::string& policy, Duration span, int tries,
                    uint64_t seed, bool shipped = true) {
  Nearest nearest = SearchAdversary(policy, span, tries, seed);
  std::printf("%-36s %6s: %6lld of %6lld guesses (%5.1f %%) in %2d tries, seed %llu: %s\n", name.c_str(),
              SpanText(span).c_str(), static_cast<long long>(nearest.guesses),
              static_cast<long long>(*nearest.row.total), 100 * nearest.share(), nearest.tried,
              static_cast<unsigned long long>(seed), nearest.habits.Text().c_str());
  EXPECT_EQ(nearest.beaten, "") << name << " in " << SpanText(span) << ", seed " << seed << "\n" << policy;
  if (nearest.tangled && !shipped) return nearest;
  EXPECT_GE(nearest.share(), nearest.exact ? kNearWhereExact : kNear)
      << name << " in " << SpanText(span) << ", seed " << seed << "\n"
      << policy;
  return nearest;
}

class ShippedPolicyTest : public testing::TestWithParam<std::string> {};

TEST_P(ShippedPolicyTest, IsNeverBeatenAndNearlyMet) {
  const std::string policy = TextOf(GetParam());
  const Duration span = LongestSpanToTry(policy, 1000);
  ASSERT_GT(span, Duration(0));
  AttackBound(GetParam(), policy, span, Tries(8), 1);
  if (span > std::chrono::hours(1)) AttackBound(GetParam(), policy, std::chrono::hours(1), Tries(8), 2);
}

INSTANTIATE_TEST_SUITE_P(Of, ShippedPolicyTest, testing::ValuesIn(ShippedPolicies()),
                         [](const testing::TestParamInfo<std::string>& file) {
                           std::string id = file.param;
                           std::replace_if(
                               id.begin(), id.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return id;
                         });

TEST(CodesTest, OfTheDefaultAreNeverGuessedMoreOftenThanCertified) {
  const std::string policy = TextOf("default.yaml");
  for (const Factor factor : {Factor::kOneTimeCode, Factor::kRecoveryCode}) {
    const Nearest nearest = SearchAdversary(policy, std::chrono::hours(24), Tries(8), 3, factor);
    std::printf("%s: %lld of %lld guesses, seed 3: %s\n", std::string(FactorName(factor)).c_str(),
                static_cast<long long>(nearest.guesses), static_cast<long long>(*nearest.row.total),
                nearest.habits.Text().c_str());
    EXPECT_EQ(nearest.beaten, "");
    EXPECT_GE(nearest.share(), kNear);
  }
}

TEST(RandomPolicyTest, IsNeverBeatenAndNearlyMet) {
  double least = 1;
  for (uint64_t seed = 1; seed <= SeedsToTry(8, StoreKind::kMemory); ++seed) {
    const std::string policy = RandomPolicy(seed);
    const Duration span = LongestSpanToTry(policy, 400);
    if (span == Duration(0)) continue;
    least = std::min(least, AttackBound("random", policy, span, 8, seed, /*shipped=*/false).share());
  }
  std::printf("the least of all random policies: %.1f %%\n", 100 * least);
}

}  // namespace
}  // namespace latchkey

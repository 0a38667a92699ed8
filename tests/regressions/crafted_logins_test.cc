// weakforced, keys that are plain strings: ten failures for the login "203.0.113.9/32" blocked the address
// 203.0.113.9, and the login "198.51.100.7:victim" poisoned the pair of that address and the victim.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

AttemptFields AttemptOn(const std::string& account, const std::string& address) {
  AttemptFields fields;
  fields.account = account;
  fields.source = address;
  return fields;
}

TEST(CraftedLoginsTest, NoAccountNameLooksLikeAnotherKey) {
  EngineRig rig;
  const std::string victims_address = "203.0.113.9";
  const AttemptFields victim = AttemptOn("victim", victims_address);
  const std::string nul("\0", 1);
  const std::string crafted[] = {"203.0.113.9",
                                 "203.0.113.9/32",
                                 "203.0.113.0/24",
                                 "203.0.113.9:victim",
                                 "victim:203.0.113.9",
                                 "default:victim",
                                 "default/victim",
                                 "victim" + nul,
                                 nul + "victim",
                                 " victim",
                                 "Victim",
                                 "{test:a:victim}",
                                 "lk:{test:a:00000000000000000000000000000000}",
                                 std::string("\xCB\x00\x71\x09", 4),  // the address' own bytes
                                 KeyMaterial(KeyDomain::kSource, {"test", "default", "\xCB"}),
                                 KeyMaterial(KeyDomain::kAccount, {"test", "default", "victim"})};
  for (const std::string& account : crafted) {
    for (int i = 0; i < 12; ++i) (void)rig.Try(AttemptOn(account, "198.51.100.7"), Outcome::kWrong);
  }
  const ShardRecords records = rig.Records(victim);
  EXPECT_TRUE(records.account->empty());
  EXPECT_TRUE(records.network->empty());
  EXPECT_EQ(rig.Assess(victim).verdict.action, Action::kAllow);
}

TEST(CraftedLoginsTest, ATenantIsNoPartOfAName) {
  EngineRig rig;
  AttemptFields elsewhere = AttemptOn("victim", "198.51.100.7");
  elsewhere.tenant = "other";
  for (int i = 0; i < 12; ++i) (void)rig.Try(elsewhere, Outcome::kWrong);
  EXPECT_TRUE(rig.Records(AttemptOn("victim", "198.51.100.7")).account->empty());
}

// Whatever bytes the parts hold: only equal parts give equal material.
TEST(CraftedLoginsTest, KeyMaterialTellsAllPartsApart) {
  std::mt19937_64 random(1);
  auto part = [&] {
    std::string text;
    for (auto length = random() % 4; length > 0; --length) text += "\0\1\2:/a"[random() % 6];
    return text;
  };
  std::set<std::string> inputs, materials;
  for (int i = 0; i < 50'000; ++i) {
    const auto domain = static_cast<KeyDomain>(1 + random() % 9);
    const std::string a = part(), b = part(), c = part();
    std::string input(1, static_cast<char>(domain));
    for (const std::string& each : {a, b, c}) input += std::to_string(each.size()) + "," + each;
    inputs.insert(input);
    materials.insert(KeyMaterial(domain, {a, b, c}));
  }
  EXPECT_EQ(inputs.size(), materials.size());
}

}  // namespace
}  // namespace latchkey

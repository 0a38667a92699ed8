#include <gtest/gtest.h>

#include <string>

#include "adapters/sodium/siphash_key_hasher.h"

namespace latchkey {
namespace {

constexpr std::string_view kRing =
    "hash 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "1 ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n";

TEST(SipHashKeyHasherTest, GivesTheSameNameOnEveryNodeOfOneRing) {
  const SipHashKeyHasher here(*KeyRing::Parse(kRing, "ring"));
  const SipHashKeyHasher there(*KeyRing::Parse(kRing, "ring"));
  const std::string alice = KeyMaterial(KeyDomain::kAccount, {"prod", "shop", "alice"});
  EXPECT_EQ(here.Hash(alice), there.Hash(alice));
}

TEST(SipHashKeyHasherTest, NeverChangesWhatIsStored) {
  const SipHashKeyHasher hasher(*KeyRing::Parse(kRing, "ring"));
  EXPECT_EQ(hasher.Hash("").Hex(), "c1a206d787bfedb5cc4375426a984ea3");
  EXPECT_EQ(hasher.Hash(KeyMaterial(KeyDomain::kAccount, {"prod", "shop", "alice"})).Hex(),
            "0f58e3f4ea8dd31fdedced9ebe6d9862");
}

TEST(SipHashKeyHasherTest, TellsDomainsTenantsAndSplitsApart) {
  const SipHashKeyHasher hasher(*KeyRing::Parse(kRing, "ring"));
  const Key account = hasher.Hash(KeyMaterial(KeyDomain::kAccount, {"prod", "shop", "10.0.0.1"}));
  EXPECT_NE(account, hasher.Hash(KeyMaterial(KeyDomain::kSource, {"prod", "shop", "10.0.0.1"})));
  EXPECT_NE(account, hasher.Hash(KeyMaterial(KeyDomain::kAccount, {"prod", "bank", "10.0.0.1"})));
  EXPECT_NE(account, hasher.Hash(KeyMaterial(KeyDomain::kAccount, {"prods", "hop", "10.0.0.1"})));
}

TEST(SipHashKeyHasherTest, SaysNothingToWhoHasAnotherRing) {
  const SipHashKeyHasher ours(*KeyRing::Parse(kRing, "ring"));
  const SipHashKeyHasher theirs(KeyRing::Generate());
  EXPECT_NE(ours.Hash("alice"), theirs.Hash("alice"));
}

}  // namespace
}  // namespace latchkey

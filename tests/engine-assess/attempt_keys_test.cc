#include "engine/attempt/attempt_keys.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

namespace latchkey {
namespace {

// Tells materials apart, and secrets.
class SumHasher final : public KeyHasher {
 public:
  explicit SumHasher(uint64_t secret) : secret_(secret) {}
  [[nodiscard]] Key Hash(std::string_view material) const override {
    Key key{.high = secret_, .low = secret_};
    for (const char byte : material) {
      key.high = (key.high + static_cast<unsigned char>(byte)) * 0x9E3779B97F4A7C15ULL;
      key.low = (key.low ^ key.high) * 31;
    }
    return key;
  }

 private:
  uint64_t secret_;
};

uint64_t TenantIdOf(const KeyMaker& maker, std::string_view tenant) {
  const absl::StatusOr<Attempt> attempt = Attempt::Create(
      AttemptFields{.tenant = std::string(tenant), .account = "alice", .source = "192.0.2.1"});
  EXPECT_TRUE(attempt.ok()) << attempt.status();
  return maker.Of(*attempt).tenant;
}

TEST(AttemptKeysTest, ATenantHasOneIdWhoeverWasAskedForBefore) {
  const SumHasher ours(1);
  const SumHasher theirs(2);
  const std::array<KeyMaker, 3> makers = {KeyMaker("production", ours), KeyMaker("staging", ours),
                                          KeyMaker("production", theirs)};
  for (int round = 0; round < 2; ++round) {
    for (const KeyMaker& maker : makers) {
      for (const std::string_view tenant : {"shop", "bank", "bank", "shop"})
        EXPECT_EQ(TenantIdOf(maker, tenant), maker.Of(KeyDomain::kTenant, tenant, "").Short());
    }
  }
  EXPECT_NE(TenantIdOf(makers[0], "shop"), TenantIdOf(makers[1], "shop"));
  EXPECT_NE(TenantIdOf(makers[0], "shop"), TenantIdOf(makers[2], "shop"));
}

// Another maker may be where one was before.
TEST(AttemptKeysTest, AMakerInThePlaceOfAnotherMakesIdsOfItsOwn) {
  const SumHasher ours(1);
  const SumHasher theirs(2);
  std::optional<KeyMaker> maker;
  maker.emplace("production", ours);
  const uint64_t before = TenantIdOf(*maker, "shop");
  maker.reset();
  maker.emplace("production", theirs);
  EXPECT_NE(TenantIdOf(*maker, "shop"), before);
}

}  // namespace
}  // namespace latchkey

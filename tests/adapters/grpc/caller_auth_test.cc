#include "adapters/grpc/caller_auth.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

CallerAuthSettings Shop() {
  CallerAuthSettings settings;
  settings.environment = "prod";
  settings.keys.push_back({DigestOf("shop-key"), {"shop", {Role::kReporter}, "prod"}});
  settings.keys.push_back({DigestOf("staging-key"), {"staging shop", {Role::kReporter}, "staging"}});
  settings.certificates.push_back({"ops.example", {"ops", {Role::kOperator}, ""}});
  return settings;
}

TEST(CallerAuthTest, AKeyOpensWhatItsRolesMayAndNothingElse) {
  const CallerAuth auth(Shop());
  const auto caller = auth.Authorize("Bearer shop-key", "", Method::kAssess);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ((*caller)->name, "shop");
  EXPECT_EQ(auth.Authorize("Bearer shop-key", "", Method::kApplyPolicy).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(CallerAuthTest, NoCredentialsAndWrongOnesAreUnauthenticated) {
  const CallerAuth auth(Shop());
  for (const char* authorization :
       {"", "Bearer ", "Bearer shop-kez", "Bearer shop-key ", "Basic shop-key", "shop-key", "bearer"}) {
    EXPECT_EQ(auth.Authorize(authorization, "", Method::kAssess).status().code(),
              absl::StatusCode::kUnauthenticated)
        << authorization;
  }
  EXPECT_EQ(auth.Authorize("Bearer " + std::string(100'000, 'x'), "", Method::kAssess).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(CallerAuthTest, AStagingKeyIsRefusedOnProductionAndThatIsHeardOf) {
  std::string heard;
  const CallerAuth auth(Shop(), [&](Method method, std::string_view caller, std::string_view why) {
    heard = std::string(MethodName(method)) + "|" + std::string(caller) + "|" + std::string(why);
  });
  EXPECT_EQ(auth.Authorize("Bearer staging-key", "", Method::kAssess).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(heard, "LoginGuardService/Assess|staging shop|these credentials belong to another environment");
}

TEST(CallerAuthTest, ACertificateNamesItsCallerUnlessAKeyIsPresented) {
  const CallerAuth auth(Shop());
  EXPECT_EQ((*auth.Authorize("", "ops.example", Method::kApplyPolicy))->name, "ops");
  EXPECT_EQ(auth.Authorize("", "other.example", Method::kApplyPolicy).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(auth.Authorize("Bearer wrong", "ops.example", Method::kApplyPolicy).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(CallerAuthTest, AnonymousCallersExistOnlyWhereTheyAreSet) {
  CallerAuthSettings settings;
  settings.anonymous = Caller{"development", RoleSet::All(), ""};
  CallerAuth auth(std::move(settings));
  EXPECT_EQ((*auth.Authorize("", "", Method::kAssess))->name, "development");
  EXPECT_FALSE(auth.Authorize("Bearer guess", "", Method::kAssess).ok());
  auth.Replace(Shop());
  EXPECT_FALSE(auth.Authorize("", "", Method::kAssess).ok());
  EXPECT_TRUE(auth.Authorize("Bearer shop-key", "", Method::kAssess).ok());
}

TEST(CallerAuthTest, DigestsReadAsSha256sumPrintsThem) {
  EXPECT_EQ(DigestFromHex("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
            DigestOf("foo"));
  EXPECT_EQ(DigestFromHex("2C26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
            DigestOf("foo"));
  EXPECT_EQ(DigestFromHex("2c26"), std::nullopt);
  EXPECT_EQ(DigestFromHex(std::string(64, 'g')), std::nullopt);
}

}  // namespace
}  // namespace latchkey

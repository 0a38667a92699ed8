#include "adapters/grpc/roles.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>

#include "latchkey/v1/delivery.pb.h"
#include "latchkey/v1/guard.pb.h"
#include "latchkey/v1/incidents.pb.h"
#include "latchkey/v1/policy.pb.h"
#include "latchkey/v1/stats.pb.h"
#include "latchkey/v1/workflow.pb.h"

namespace latchkey {
namespace {

std::set<std::string> MethodsOfTheContract() {
  std::set<std::string> names;
  for (const auto* file : {v1::AssessRequest::descriptor()->file(), v1::Policy::descriptor()->file(),
                           v1::DecisionEvent::descriptor()->file(), v1::Stake::descriptor()->file(),
                           v1::DeadLetter::descriptor()->file(), v1::Incident::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        names.insert(service->name() + "/" + service->method(m)->name());
      }
    }
  }
  return names;
}

TEST(RolesTest, EveryMethodOfTheContractHasARowAndNoOtherHas) {
  std::set<std::string> names;
  for (int i = 0; i < kMethodCount; ++i) names.emplace(MethodName(static_cast<Method>(i)));
  EXPECT_EQ(names, MethodsOfTheContract());
}

TEST(RolesTest, EveryMethodNeedsARoleAndAdminsMayAll) {
  for (int i = 0; i < kMethodCount; ++i) {
    const RoleSet roles = RolesFor(static_cast<Method>(i));
    EXPECT_TRUE(roles.Contains(Role::kAdmin)) << MethodName(static_cast<Method>(i));
    EXPECT_FALSE(roles.Intersects(RoleSet())) << MethodName(static_cast<Method>(i));
  }
}

TEST(RolesTest, AnAuthServiceChangesNoPolicyAndAViewerChangesNothing) {
  EXPECT_FALSE(RolesFor(Method::kApplyPolicy).Contains(Role::kReporter));
  EXPECT_FALSE(RolesFor(Method::kSetStanding).Contains(Role::kDependent));
  for (const Method method : {Method::kAssess, Method::kReport, Method::kConfirmOwner, Method::kRevokeDevices,
                              Method::kApplyPolicy, Method::kRollbackPolicy, Method::kSetStanding}) {
    EXPECT_FALSE(RolesFor(method).Contains(Role::kViewer)) << MethodName(method);
    EXPECT_FALSE(RolesFor(method).Contains(Role::kAnalyst)) << MethodName(method);
  }
}

TEST(RolesTest, NamesReadBackAsWhatTheyName) {
  for (const Role role :
       {Role::kReporter, Role::kDependent, Role::kViewer, Role::kAnalyst, Role::kOperator, Role::kAdmin}) {
    EXPECT_EQ(RoleFromName(RoleName(role)), role);
  }
  EXPECT_EQ(RoleFromName("root"), std::nullopt);
}

}  // namespace
}  // namespace latchkey

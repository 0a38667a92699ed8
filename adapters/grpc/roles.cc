#include "adapters/grpc/roles.h"

#include <array>

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 6> kRoleNames = {"reporter", "dependent", "viewer",
                                                        "analyst",  "operator",  "admin"};

constexpr RoleSet kReporters{Role::kReporter, Role::kAdmin};
constexpr RoleSet kReportersAndOperators{Role::kReporter, Role::kOperator, Role::kAdmin};
constexpr RoleSet kReportersAndAnalysts{Role::kReporter, Role::kAnalyst, Role::kOperator, Role::kAdmin};
constexpr RoleSet kDependents{Role::kDependent, Role::kOperator, Role::kAdmin};
constexpr RoleSet kViewers{Role::kViewer, Role::kAnalyst, Role::kOperator, Role::kAdmin};
constexpr RoleSet kAnalysts{Role::kAnalyst, Role::kOperator, Role::kAdmin};
constexpr RoleSet kOperators{Role::kOperator, Role::kAdmin};

struct MethodRow {
  Method method;
  std::string_view name;
  RoleSet roles;
};

// In the order of the enum.
constexpr std::array<MethodRow, kMethodCount> kMethods = {{
    {Method::kAssess, "LoginGuardService/Assess", kReporters},
    {Method::kReport, "LoginGuardService/Report", kReporters},
    {Method::kConverse, "LoginGuardService/Converse", kReporters},
    {Method::kExplain, "LoginGuardService/Explain", kAnalysts},
    {Method::kConfirmOwner, "LoginGuardService/ConfirmOwner", kReportersAndOperators},
    {Method::kRevokeDevices, "LoginGuardService/RevokeDevices", kReportersAndOperators},
    {Method::kListDevices, "LoginGuardService/ListDevices", kReportersAndAnalysts},
    {Method::kNameDevice, "LoginGuardService/NameDevice", kReportersAndOperators},
    {Method::kForgetDevice, "LoginGuardService/ForgetDevice", kReportersAndOperators},
    {Method::kListSources, "LoginGuardService/ListSources", kReportersAndAnalysts},
    {Method::kForgetSource, "LoginGuardService/ForgetSource", kReportersAndOperators},
    {Method::kRecordEvents, "LoginGuardService/RecordEvents", kReportersAndOperators},
    {Method::kGetPolicy, "PoliciesService/GetPolicy", kViewers},
    {Method::kValidatePolicy, "PoliciesService/ValidatePolicy", kAnalysts},
    {Method::kApplyPolicy, "PoliciesService/ApplyPolicy", kOperators},
    {Method::kListPolicies, "PoliciesService/ListPolicies", kViewers},
    {Method::kPromotePolicy, "PoliciesService/PromotePolicy", kOperators},
    {Method::kRollbackPolicy, "PoliciesService/RollbackPolicy", kOperators},
    {Method::kGetSummary, "StatsService/GetSummary", kViewers},
    {Method::kQueryTimeSeries, "StatsService/QueryTimeSeries", kViewers},
    {Method::kListTopAccounts, "StatsService/ListTopAccounts", kAnalysts},
    {Method::kListTopSources, "StatsService/ListTopSources", kAnalysts},
    {Method::kListTopNetworks, "StatsService/ListTopNetworks", kAnalysts},
    {Method::kListTopAsns, "StatsService/ListTopAsns", kAnalysts},
    {Method::kListActiveRefusals, "StatsService/ListActiveRefusals", kAnalysts},
    {Method::kDescribeAccount, "StatsService/DescribeAccount", kAnalysts},
    {Method::kWatchDecisions, "StatsService/WatchDecisions", kAnalysts},
    {Method::kRegisterStake, "WorkflowsService/RegisterStake", kDependents},
    {Method::kExtendStake, "WorkflowsService/ExtendStake", kDependents},
    {Method::kReleaseStake, "WorkflowsService/ReleaseStake", kDependents},
    {Method::kListStakes, "WorkflowsService/ListStakes", kDependents},
    {Method::kGetStanding, "WorkflowsService/GetStanding", kDependents},
    {Method::kSetStanding, "WorkflowsService/SetStanding", kOperators},
    {Method::kWatchStandings, "WorkflowsService/WatchStandings", kDependents},
    {Method::kListDependencies, "WorkflowsService/ListDependencies", kAnalysts},
    {Method::kListIncidents, "IncidentsService/ListIncidents", kAnalysts},
    {Method::kGetIncident, "IncidentsService/GetIncident", kAnalysts},
    {Method::kWatchIncidents, "IncidentsService/WatchIncidents", kAnalysts},
    {Method::kAcknowledgeIncident, "IncidentsService/AcknowledgeIncident", kOperators},
    {Method::kResolveIncident, "IncidentsService/ResolveIncident", kOperators},
    {Method::kMarkFalseAlarm, "IncidentsService/MarkFalseAlarm", kOperators},
    {Method::kGetDetectorReport, "IncidentsService/GetDetectorReport", kAnalysts},
    {Method::kGetDeliveryStatus, "DeliveryService/GetDeliveryStatus", kOperators},
    {Method::kListDeadLetters, "DeliveryService/ListDeadLetters", kOperators},
    {Method::kReplayDeadLetters, "DeliveryService/ReplayDeadLetters", kOperators},
    {Method::kSendTestNotice, "DeliveryService/SendTestNotice", kOperators},
}};

constexpr bool InOrder() {
  for (int i = 0; i < kMethodCount; ++i) {
    if (kMethods[static_cast<size_t>(i)].method != static_cast<Method>(i)) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<Role> RoleFromName(std::string_view name) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

std::string_view MethodName(Method method) { return kMethods[static_cast<size_t>(method)].name; }

RoleSet RolesFor(Method method) { return kMethods[static_cast<size_t>(method)].roles; }

}  // namespace latchkey

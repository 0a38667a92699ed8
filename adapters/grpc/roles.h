// Roles of callers, and what each method of the public contract needs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace latchkey {

enum class Role : uint8_t {
  kReporter = 0,
  kDependent = 1,
  kViewer = 2,
  kAnalyst = 3,
  kOperator = 4,
  kAdmin = 5
};

// "reporter", "dependent", "viewer", "analyst", "operator", "admin".
[[nodiscard]] std::string_view RoleName(Role role);
[[nodiscard]] std::optional<Role> RoleFromName(std::string_view name);

// A set of roles; a small value.
class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (Role role : roles) Insert(role);
  }
  [[nodiscard]] static constexpr RoleSet All() {
    return {Role::kReporter, Role::kDependent, Role::kViewer, Role::kAnalyst, Role::kOperator, Role::kAdmin};
  }
  constexpr void Insert(Role role) { bits_ = static_cast<uint8_t>(bits_ | Bit(role)); }
  [[nodiscard]] constexpr bool Contains(Role role) const { return (bits_ & Bit(role)) != 0; }
  [[nodiscard]] constexpr bool Intersects(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool operator==(const RoleSet&) const = default;

 private:
  static constexpr uint8_t Bit(Role role) { return static_cast<uint8_t>(1U << static_cast<unsigned>(role)); }
  uint8_t bits_ = 0;
};

// Every method of latchkey.v1. A test compares this with the compiled contract.
enum class Method : uint8_t {
  kAssess,
  kReport,
  kConverse,
  kExplain,
  kConfirmOwner,
  kRevokeDevices,
  kListDevices,
  kNameDevice,
  kForgetDevice,
  kListSources,
  kForgetSource,
  kRecordEvents,
  kGetPolicy,
  kValidatePolicy,
  kApplyPolicy,
  kListPolicies,
  kPromotePolicy,
  kRollbackPolicy,
  kGetSummary,
  kQueryTimeSeries,
  kListTopAccounts,
  kListTopSources,
  kListTopNetworks,
  kListTopAsns,
  kListActiveRefusals,
  kDescribeAccount,
  kWatchDecisions,
  kRegisterStake,
  kExtendStake,
  kReleaseStake,
  kListStakes,
  kGetStanding,
  kSetStanding,
  kWatchStandings,
  kListDependencies,
  kListIncidents,
  kGetIncident,
  kWatchIncidents,
  kAcknowledgeIncident,
  kResolveIncident,
  kMarkFalseAlarm,
  kGetDetectorReport,
  kGetDeliveryStatus,
  kListDeadLetters,
  kReplayDeadLetters,
  kSendTestNotice,
};
inline constexpr int kMethodCount = static_cast<int>(Method::kSendTestNotice) + 1;

// "LoginGuardService/Assess".
[[nodiscard]] std::string_view MethodName(Method method);

// The roles of which a caller needs one. Admins may call everything; operators may what analysts may, and
// these what viewers may: the sets say so in full.
[[nodiscard]] RoleSet RolesFor(Method method);

}  // namespace latchkey

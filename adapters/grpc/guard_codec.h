// Attempts, decisions and reports between the wire and the engine.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/assess/decide.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/attempt/attempt.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

// The tenants that this server serves; empty: any.
using ServedTenants = std::set<std::string, std::less<>>;

// kInvalidArgument naming the field for whatever is not right; nothing was counted then. The attempt looks at
// the request and at the caller's name: both live longer than it, or as long as `keeper`, which it holds.
[[nodiscard]] absl::StatusOr<Attempt> Decode(const v1::AssessRequest& request, std::string_view caller,
                                             const ServedTenants& tenants, const Clock& clock,
                                             std::shared_ptr<const void> keeper = nullptr);
// The same of fields that were read already (request_reader.h).
[[nodiscard]] absl::StatusOr<Attempt> Decode(AttemptView&& fields, std::string_view caller,
                                             const ServedTenants& tenants,
                                             std::shared_ptr<const void> keeper = nullptr);
// Looks at the request, which lives longer.
[[nodiscard]] absl::StatusOr<Report> Decode(const v1::ReportRequest& request);

// Names an account of any request that has `tenant` and `account`.
[[nodiscard]] absl::StatusOr<AccountName> DecodeAccount(const std::string& tenant, const std::string& account,
                                                        const ServedTenants& tenants);

[[nodiscard]] absl::StatusOr<Factor> DecodeFactor(v1::Factor factor);
[[nodiscard]] absl::StatusOr<Outcome> DecodeOutcome(v1::Outcome outcome);

// So many reasons of a decision are told.
inline constexpr size_t kReasonsMax = 8;
// How long is told to wait: whole seconds, when it is more than one.
[[nodiscard]] Duration AsTold(Duration wait);

// Takes the decision's tokens; answer_bytes.h writes the same without a message. `kinds`: the challenges that
// the attempt's path can show.
void Encode(Decision&& decision, const google::protobuf::RepeatedField<int>& kinds, v1::AssessResponse* out);
// `decided`: when it was a reason.
void Encode(const LimitReport& limit, TimePoint decided, v1::Reason* out);
void Encode(const LimitReport& limit, v1::LimitState* out);
void Encode(const LaneReport& lane, v1::LaneState* out);

[[nodiscard]] v1::Lane ToWire(Lane lane);
[[nodiscard]] v1::Action ToWire(Action action);
[[nodiscard]] v1::Action ToWire(Consequence consequence);

}  // namespace latchkey

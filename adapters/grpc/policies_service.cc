#include "adapters/grpc/policies_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"
#include "engine/policy/certificate/certificate.h"
#include "engine/policy/certificate/diff.h"
#include "engine/policy/certificate/lines.h"

namespace latchkey {
namespace {

constexpr size_t kTextMax = size_t{256} << 10U;
constexpr size_t kAuthorMax = 128;
constexpr size_t kReasonMax = 1024;
constexpr int kPageUsual = 20;
constexpr int kPageMost = 100;

// Runs `work(caller)` on the operators' thread and finishes the call with its status.
template <typename Work>
grpc::ServerUnaryReactor* Queued(OperatorQueue& queue, grpc::CallbackServerContext* context,
                                 const CallerAuth& auth, Method method, Work work) {
  return AnswerLater(
      context, auth, method, [&queue, work](std::shared_ptr<const Caller> caller, Duration, Finisher finish) {
        if (queue.Post([work, caller, finish] { finish(work(*caller)); })) return;
        finish(absl::ResourceExhaustedError("too many operators' calls are waiting; try again"));
      });
}

absl::StatusOr<PolicyRevision> FindRevision(const std::vector<PolicyRevision>& revisions, int64_t number) {
  auto it = std::find_if(revisions.begin(), revisions.end(),
                         [number](const PolicyRevision& r) { return r.number == number; });
  if (it != revisions.end()) return *it;
  return absl::NotFoundError(absl::StrCat(
      "revision: ", number, " is not kept; ListPolicies (`latchkey policy history`) tells which are"));
}

void EncodeProblem(const PolicyProblem& problem, v1::PolicyDiagnostic::Severity severity,
                   v1::PolicyDiagnostic* out) {
  out->set_severity(severity);
  out->set_line(problem.at.line);
  out->set_column(problem.at.column);
  out->set_message(problem.message);
  out->set_mend(problem.mend);
}

absl::StatusOr<Rollout> DecodeRollout(const v1::PolicyRollout& rollout) {
  switch (rollout.stage()) {
    case v1::PolicyRollout::STAGE_UNSPECIFIED:
    case v1::PolicyRollout::STAGE_FULL:
      return Rollout{};
    case v1::PolicyRollout::STAGE_SHADOW:
      return Rollout{.stage = Stage::kShadow};
    case v1::PolicyRollout::STAGE_SHARE:
      if (rollout.share_millionths() < 1 || rollout.share_millionths() >= kWhole)
        return WrongField("rollout.share_millionths", "must be 1 to 999999");
      return Rollout{.stage = Stage::kShare, .share_millionths = rollout.share_millionths()};
    default:
      return WrongField("rollout.stage", "is not known");
  }
}

// What to roll back to when nobody says.
absl::StatusOr<PolicyRevision> RevisionBefore(const std::vector<PolicyRevision>& revisions) {
  const StandingRevisions standing = StandingOf(revisions);
  if (standing.candidate != nullptr && standing.enforced != nullptr) return *standing.enforced;
  if (standing.previous != nullptr) return *standing.previous;
  return absl::NotFoundError("revision: none was in force before this one");
}

// The revision in force must not be crowded out by those that are tried.
absl::Status CheckRoom(const PolicyRepository& repository) {
  constexpr size_t kTriedMax = 100;  // repositories keep twice as many revisions
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions, repository.List());
  const auto in_full = std::find_if(revisions.begin(), revisions.end(),
                                    [](const PolicyRevision& r) { return r.rollout.stage == Stage::kFull; });
  if (static_cast<size_t>(in_full - revisions.begin()) < kTriedMax) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "a hundred policies were tried one after the other: promote one, or roll back");
}

absl::Status CheckChange(const std::string& author, const std::string& reason) {
  LATCHKEY_RETURN_IF_ERROR(CheckText("author", author, 0, kAuthorMax));
  return CheckText("reason", reason, 1, kReasonMax);
}

}  // namespace

void PoliciesService::Encode(const PolicyRevision& revision, bool with_text, v1::Policy* out) const {
  out->set_revision(revision.number);
  out->set_author(revision.author);
  out->set_reason(revision.reason);
  EncodeTime(revision.applied_at, out->mutable_apply_time());
  if (with_text) out->set_text(revision.text);
  out->mutable_rollout()->set_stage(static_cast<v1::PolicyRollout::Stage>(revision.rollout.stage));
  out->mutable_rollout()->set_share_millionths(static_cast<int32_t>(revision.rollout.share_millionths));
  const PoliciesInForce all = parts_.holder.All();
  out->set_candidate(all.candidate != nullptr && all.candidate->revision() == revision.number);
  const std::shared_ptr<const Policy>& in_force = all.enforced;
  out->set_in_force(in_force->revision() == revision.number);
  if (out->in_force()) {
    out->set_name(in_force->spec().name);
  } else if (const PolicyReading reading = parts_.reader.Read(revision.text, revision.number);
             reading.policy) {
    out->set_name(reading.policy->spec().name);
  }
}

void PoliciesService::EncodeCertificate(const PolicyRevision& revision,
                                        const std::vector<PolicyRevision>& newest_first,
                                        v1::Policy* out) const {
  const PolicyReading reading = parts_.reader.Read(revision.text, revision.number);
  if (!reading.policy) return;
  const Certificate certificate = Certify(*reading.policy);
  for (const latchkey::CertificateLine& line : LinesOf(certificate)) {
    v1::CertificateLine* encoded = out->add_certificate();
    encoded->set_section(line.section);
    encoded->set_name(line.name);
    encoded->set_value(line.value);
  }
  const auto before = std::find_if(newest_first.begin(), newest_first.end(), [&](const PolicyRevision& r) {
    return r.number < revision.number && r.rollout.stage == Stage::kFull;
  });
  if (before == newest_first.end()) return;
  const PolicyReading earlier = parts_.reader.Read(before->text, before->number);
  if (!earlier.policy) return;
  for (const LineChange& change : CompareCertificates(Certify(*earlier.policy), certificate)) {
    v1::CertificateLine* encoded = out->add_changes();
    encoded->set_section(change.section);
    encoded->set_name(change.name);
    encoded->set_value(change.after);
    encoded->set_value_before(change.before);
  }
}

absl::StatusOr<PolicyRevision> PoliciesService::Apply(const Caller& caller, Change change) {
  if (!parts_.repository.writable()) return parts_.repository.Add(change.expected_revision, {});
  const PolicyReading reading = parts_.reader.Read(change.text, change.expected_revision + 1);
  if (!reading.policy) {
    std::string message = "text: the policy is wrong";
    for (const PolicyProblem& problem : reading.problems) {
      absl::StrAppend(&message, "\n", problem.at.line, ":", problem.at.column, ": ", problem.message,
                      problem.mend.empty() ? "" : "; ", problem.mend);
    }
    return absl::InvalidArgumentError(message);
  }
  if (change.rollout.stage != Stage::kFull) LATCHKEY_RETURN_IF_ERROR(CheckRoom(parts_.repository));
  PolicyRevision revision{.text = std::move(change.text)};
  revision.author = change.author.empty() ? caller.name : absl::StrCat(change.author, " (", caller.name, ")");
  revision.reason = std::move(change.reason);
  revision.applied_at = parts_.clock.Now();
  revision.rollout = change.rollout;
  LATCHKEY_ASSIGN_OR_RETURN(PolicyRevision added,
                            parts_.repository.Add(change.expected_revision, std::move(revision)));
  LATCHKEY_RETURN_IF_ERROR(parts_.keeper.Reload());
  return added;
}

grpc::ServerUnaryReactor* PoliciesService::GetPolicy(grpc::CallbackServerContext* context,
                                                     const v1::GetPolicyRequest* request,
                                                     v1::GetPolicyResponse* response) {
  return Queued(queue_, context, parts_.auth, Method::kGetPolicy,
                [this, request, response](const Caller&) -> absl::Status {
                  if (request->revision() < 0) return WrongField("revision", "is negative");
                  const int64_t number =
                      request->revision() == 0 ? parts_.holder.Current()->revision() : request->revision();
                  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions,
                                            parts_.repository.List());
                  LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision revision, FindRevision(revisions, number));
                  Encode(revision, /*with_text=*/true, response->mutable_policy());
                  EncodeCertificate(revision, revisions, response->mutable_policy());
                  const StandingRevisions standing = StandingOf(revisions);
                  if (standing.candidate != nullptr)
                    Encode(*standing.candidate, /*with_text=*/false, response->mutable_candidate());
                  response->set_file_rules(!parts_.repository.writable());
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* PoliciesService::ValidatePolicy(grpc::CallbackServerContext* context,
                                                          const v1::ValidatePolicyRequest* request,
                                                          v1::ValidatePolicyResponse* response) {
  return Queued(queue_, context, parts_.auth, Method::kValidatePolicy,
                [this, request, response](const Caller&) -> absl::Status {
                  LATCHKEY_RETURN_IF_ERROR(CheckText("text", request->text(), 1, kTextMax));
                  const PolicyReading reading = parts_.reader.Read(request->text(), 1);
                  response->set_valid(reading.policy != nullptr);
                  for (const PolicyProblem& problem : reading.problems)
                    EncodeProblem(problem, v1::PolicyDiagnostic::SEVERITY_ERROR, response->add_diagnostics());
                  for (const PolicyProblem& warning : reading.warnings)
                    EncodeProblem(warning, v1::PolicyDiagnostic::SEVERITY_WARNING,
                                  response->add_diagnostics());
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* PoliciesService::ApplyPolicy(grpc::CallbackServerContext* context,
                                                       const v1::ApplyPolicyRequest* request,
                                                       v1::ApplyPolicyResponse* response) {
  return Queued(
      queue_, context, parts_.auth, Method::kApplyPolicy,
      [this, request, response](const Caller& caller) -> absl::Status {
        LATCHKEY_RETURN_IF_ERROR(CheckText("text", request->text(), 1, kTextMax));
        LATCHKEY_RETURN_IF_ERROR(CheckChange(request->author(), request->reason()));
        LATCHKEY_ASSIGN_OR_RETURN(const Rollout rollout, DecodeRollout(request->rollout()));
        LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision added,
                                  Apply(caller, {.text = request->text(),
                                                 .expected_revision = request->expected_revision(),
                                                 .author = request->author(),
                                                 .reason = request->reason(),
                                                 .rollout = rollout}));
        Encode(added, /*with_text=*/false, response->mutable_policy());
        for (const PolicyProblem& warning : parts_.reader.Read(request->text(), added.number).warnings)
          EncodeProblem(warning, v1::PolicyDiagnostic::SEVERITY_WARNING, response->add_diagnostics());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* PoliciesService::ListPolicies(grpc::CallbackServerContext* context,
                                                        const v1::ListPoliciesRequest* request,
                                                        v1::ListPoliciesResponse* response) {
  return Queued(queue_, context, parts_.auth, Method::kListPolicies,
                [this, request, response](const Caller&) -> absl::Status {
                  LATCHKEY_ASSIGN_OR_RETURN(const size_t size,
                                            DecodePageSize(request->page_size(), kPageUsual, kPageMost));
                  LATCHKEY_ASSIGN_OR_RETURN(const size_t offset, DecodeOffset(request->page_token()));
                  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions,
                                            parts_.repository.List());
                  for (size_t i = offset; i < std::min(revisions.size(), offset + size); ++i)
                    Encode(revisions[i], /*with_text=*/false, response->add_policies());
                  if (offset + size < revisions.size())
                    response->set_next_page_token(EncodeOffset(offset + size));
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* PoliciesService::PromotePolicy(grpc::CallbackServerContext* context,
                                                         const v1::PromotePolicyRequest* request,
                                                         v1::PromotePolicyResponse* response) {
  return Queued(queue_, context, parts_.auth, Method::kPromotePolicy,
                [this, request, response](const Caller& caller) -> absl::Status {
                  LATCHKEY_RETURN_IF_ERROR(CheckChange(request->author(), request->reason()));
                  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions,
                                            parts_.repository.List());
                  const PolicyRevision* candidate = StandingOf(revisions).candidate;
                  if (candidate == nullptr) {
                    return absl::FailedPreconditionError(
                        "no policy is shadowed or in force for a share: there is nothing to promote");
                  }
                  LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision added,
                                            Apply(caller, {.text = candidate->text,
                                                           .expected_revision = request->expected_revision(),
                                                           .author = request->author(),
                                                           .reason = request->reason(),
                                                           .rollout = {}}));
                  Encode(added, /*with_text=*/false, response->mutable_policy());
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* PoliciesService::RollbackPolicy(grpc::CallbackServerContext* context,
                                                          const v1::RollbackPolicyRequest* request,
                                                          v1::RollbackPolicyResponse* response) {
  return Queued(
      queue_, context, parts_.auth, Method::kRollbackPolicy,
      [this, request, response](const Caller& caller) -> absl::Status {
        LATCHKEY_RETURN_IF_ERROR(CheckChange(request->author(), request->reason()));
        LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions, parts_.repository.List());
        LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision earlier,
                                  request->revision() == 0 ? RevisionBefore(revisions)
                                                           : FindRevision(revisions, request->revision()));
        LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision added,
                                  Apply(caller, {.text = earlier.text,
                                                 .expected_revision = request->expected_revision(),
                                                 .author = request->author(),
                                                 .reason = request->reason(),
                                                 .rollout = {}}));
        Encode(added, /*with_text=*/false, response->mutable_policy());
        return absl::OkStatus();
      });
}

}  // namespace latchkey

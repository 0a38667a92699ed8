// PoliciesService: shows and changes the policy. Every call runs on the operators' thread.
#pragma once

#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/operator_queue.h"
#include "engine/policy/holder.h"
#include "engine/policy/policy_reader.h"
#include "engine/policy/repository.h"
#include "latchkey/v1/policy.grpc.pb.h"

namespace latchkey {

// All of it outlives the service and its running calls.
struct PoliciesParts {
  const CallerAuth& auth;
  PolicyRepository& repository;
  const PolicyReader& reader;
  PolicyKeeper& keeper;
  const PolicyHolder& holder;
  const Clock& clock;
};

// Thread-safe.
class PoliciesService final : public v1::PoliciesService::CallbackService {
 public:
  explicit PoliciesService(PoliciesParts parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* context,
                                      const v1::GetPolicyRequest* request,
                                      v1::GetPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ValidatePolicy(grpc::CallbackServerContext* context,
                                           const v1::ValidatePolicyRequest* request,
                                           v1::ValidatePolicyResponse* response) override;
  grpc::ServerUnaryReactor* ApplyPolicy(grpc::CallbackServerContext* context,
                                        const v1::ApplyPolicyRequest* request,
                                        v1::ApplyPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context,
                                         const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;
  grpc::ServerUnaryReactor* PromotePolicy(grpc::CallbackServerContext* context,
                                          const v1::PromotePolicyRequest* request,
                                          v1::PromotePolicyResponse* response) override;
  grpc::ServerUnaryReactor* RollbackPolicy(grpc::CallbackServerContext* context,
                                           const v1::RollbackPolicyRequest* request,
                                           v1::RollbackPolicyResponse* response) override;

 private:
  // Checks the text, adds it as the next revision and puts it in force here; other nodes find it by
  // themselves.
  struct Change {
    std::string text;
    int64_t expected_revision = 0;
    std::string author;
    std::string reason;
    Rollout rollout;
  };
  absl::StatusOr<PolicyRevision> Apply(const Caller& caller, Change change);
  void Encode(const PolicyRevision& revision, bool with_text, v1::Policy* out) const;
  // Its certificate, and what it changed of the one before it.
  void EncodeCertificate(const PolicyRevision& revision, const std::vector<PolicyRevision>& newest_first,
                         v1::Policy* out) const;

  const PoliciesParts parts_;
  OperatorQueue queue_;  // ends first
};

}  // namespace latchkey

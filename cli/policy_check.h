// What is wrong with a policy text, found without a server and shown with its lines.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <ostream>
#include <string>
#include <vector>

#include "engine/policy/policy_reader.h"
#include "latchkey/v1/policy.pb.h"

namespace latchkey::cli {

// As PoliciesService.ValidatePolicy would answer.
[[nodiscard]] v1::ValidatePolicyResponse CheckPolicy(const std::string& text);

// Mistakes that the reader itself has found, one a line.
void ShowProblems(const std::string& file, const std::vector<PolicyProblem>& problems, std::ostream& out);

// "shop.yaml:12:7: error: unknown key 'abov'; write: above", one a line, as compilers do.
void ShowDiagnostics(const std::string& file,
                     const google::protobuf::RepeatedPtrField<v1::PolicyDiagnostic>& diagnostics,
                     std::ostream& out);

}  // namespace latchkey::cli

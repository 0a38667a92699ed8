// What is wrong with a policy text, found without a server and shown with its lines.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <ostream>
#include <string>

#include "latchkey/v1/policy.pb.h"

namespace latchkey::cli {

// As PoliciesService.ValidatePolicy would answer.
[[nodiscard]] v1::ValidatePolicyResponse CheckPolicy(const std::string& text);

// "shop.yaml:12:7: error: unknown key 'abov'; write: above", one a line, as compilers do.
void ShowDiagnostics(const std::string& file,
                     const google::protobuf::RepeatedPtrField<v1::PolicyDiagnostic>& diagnostics,
                     std::ostream& out);

}  // namespace latchkey::cli

#include "cli/policy_check.h"

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "cli/printable.h"
#include "cli/words.h"

namespace latchkey::cli {

v1::ValidatePolicyResponse CheckPolicy(const std::string& text) {
  const PolicyReading reading = YamlPolicyReader().Read(text, /*revision=*/1);
  v1::ValidatePolicyResponse answer;
  answer.set_valid(reading.policy != nullptr);
  const auto add = [&answer](const PolicyProblem& problem, v1::PolicyDiagnostic::Severity severity) {
    auto& diagnostic = *answer.add_diagnostics();
    diagnostic.set_severity(severity);
    diagnostic.set_line(problem.at.line);
    diagnostic.set_column(problem.at.column);
    diagnostic.set_message(problem.message);
    diagnostic.set_mend(problem.mend);
  };
  for (const PolicyProblem& problem : reading.problems) add(problem, v1::PolicyDiagnostic::SEVERITY_ERROR);
  for (const PolicyProblem& warning : reading.warnings) add(warning, v1::PolicyDiagnostic::SEVERITY_WARNING);
  return answer;
}

void ShowProblems(const std::string& file, const std::vector<PolicyProblem>& problems, std::ostream& out) {
  for (const PolicyProblem& problem : problems)
    out << Printable(ProblemText(file == "-" ? "input" : file, problem)) << '\n';
}

void ShowDiagnostics(const std::string& file,
                     const google::protobuf::RepeatedPtrField<v1::PolicyDiagnostic>& diagnostics,
                     std::ostream& out) {
  for (const v1::PolicyDiagnostic& diagnostic : diagnostics) {
    std::string line = file == "-" ? "input" : file;
    if (diagnostic.line() > 0) absl::StrAppend(&line, ":", diagnostic.line());
    if (diagnostic.column() > 0) absl::StrAppend(&line, ":", diagnostic.column());
    absl::StrAppend(&line, ": ", Word(diagnostic.severity()), ": ", diagnostic.message());
    if (!diagnostic.mend().empty()) absl::StrAppend(&line, "; ", diagnostic.mend());
    out << Printable(line) << '\n';
  }
}

}  // namespace latchkey::cli

#include "adapters/policy_file/yaml_policy_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/diagnostic_places.h"
#include "adapters/policy_file/policy_spec_reader.h"
#include "adapters/policy_file/yaml_tree.h"

namespace latchkey {

namespace {

PolicyReading ReadYaml(std::string_view text, int64_t revision, Duration token_life, bool certified) {
  Problems problems;
  PolicyReading reading;
  if (const std::optional<YamlNode> root = ParseYaml(text, YamlBounds(), problems)) {
    PolicySpec spec = ReadPolicySpec(*root, problems);
    std::vector<Diagnostic> diagnostics;
    reading.policy = Policy::Compile(std::move(spec), revision, diagnostics);
    if (reading.policy != nullptr && problems.empty()) {
      reading.certificate = std::make_shared<const Certificate>(Certify(*reading.policy, token_life));
      if (certified) diagnostics = BrokenPromises(*reading.certificate);
    }
    AddDiagnostics(diagnostics, *root, problems);
    if (reading.certificate != nullptr && problems.empty()) {
      Problems warnings;
      AddDiagnostics(AcceptedRisks(*reading.certificate), *root, warnings);
      reading.warnings = warnings.Sorted();
    }
  }
  if (!problems.empty()) reading.policy = nullptr;
  if (reading.policy == nullptr) reading.certificate = nullptr;
  reading.problems = problems.Sorted();
  if (problems.left_off() > 0) {
    reading.problems.push_back(
        {.at = {}, .message = absl::StrCat("and ", problems.left_off(), " more"), .mend = {}});
  }
  return reading;
}

}  // namespace

PolicyReading YamlPolicyReader::Read(std::string_view text, int64_t revision) const {
  return ReadYaml(text, revision, token_life_, /*certified=*/true);
}

PolicyReading YamlPolicyReader::ReadUncertified(std::string_view text, int64_t revision) const {
  return ReadYaml(text, revision, token_life_, /*certified=*/false);
}

absl::StatusOr<std::string> ReadPolicyText(const std::string& path) {
  const auto fail = [&path](int error) { return absl::ErrnoToStatus(error, absl::StrCat("policy ", path)); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return fail(errno);
  // One byte more than a policy can have, so that a longer file is seen to be longer.
  std::string text(YamlBounds().bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail(errno);
  if (text.size() > YamlBounds().bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("policy ", path, " is longer than 1 MiB"));
  }
  return text;
}

absl::Status StatusOf(const PolicyReading& reading, std::string_view file) {
  if (reading.problems.empty()) return absl::OkStatus();
  std::string message;
  for (const PolicyProblem& problem : reading.problems) {
    absl::StrAppend(&message, message.empty() ? "" : "\n", ProblemText(file, problem));
  }
  return absl::InvalidArgumentError(message);
}

}  // namespace latchkey

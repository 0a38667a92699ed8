// policy certify, diff: what a policy guarantees, and what a change does to it. Without a server.
#include "engine/policy/certificate/certificate.h"

#include <memory>

#include "adapters/policy_file/yaml_policy_reader.h"
#include "cli/certificate_text.h"
#include "cli/files.h"
#include "cli/policy_check.h"
#include "cli/verbs.h"
#include "engine/base/status_macros.h"
#include "engine/policy/certificate/diff.h"

namespace latchkey::cli {
namespace {

struct CertificateFlags {
  std::string file;
  std::string other;
  bool markdown = false;
};

// Null when the text is wrong, which has been said.
absl::StatusOr<std::shared_ptr<const Policy>> ReadPolicyOf(Session& session, const std::string& file) {
  LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadFileOrInput(file, session.in()));
  PolicyReading reading = YamlPolicyReader().ReadUncertified(text, /*revision=*/1);
  ShowProblems(file, reading.problems, session.err());
  return std::move(reading.policy);
}

absl::StatusOr<ExitCode> CertifyFile(Session& session, const CertificateFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto policy, ReadPolicyOf(session, flags.file));
  if (policy == nullptr) return ExitCode::kInvalidPolicy;
  const Certificate certificate = Certify(*policy);
  if (flags.markdown) {
    WriteCertificateDocument(certificate, session.out());
  } else if (session.json()) {
    session.out() << CertificateJson(certificate) << '\n';
  } else {
    ShowCertificate(certificate, session.out());
  }
  return certificate.Unaccepted().empty() ? ExitCode::kOk : ExitCode::kInvalidPolicy;
}

absl::StatusOr<ExitCode> Diff(Session& session, const CertificateFlags& flags) {
  LATCHKEY_ASSIGN_OR_RETURN(const auto before, ReadPolicyOf(session, flags.file));
  LATCHKEY_ASSIGN_OR_RETURN(const auto after, ReadPolicyOf(session, flags.other));
  if (before == nullptr || after == nullptr) return ExitCode::kInvalidPolicy;
  const std::vector<LineChange> changes = CompareCertificates(Certify(*before), Certify(*after));
  const std::vector<FreshCounter> fresh = FreshCounters(*before, *after);
  if (session.json()) {
    session.out() << CertificateDiffJson(changes, fresh) << '\n';
  } else {
    ShowCertificateDiff(changes, fresh, session.out());
  }
  return ExitCode::kOk;
}

}  // namespace

void AddCertificateVerbs(CLI::App& policy, ChosenVerb& chosen) {
  auto* certify = policy.add_subcommand("certify", "Say what a policy file guarantees, without a server");
  auto certifying = std::make_shared<CertificateFlags>();
  certify->add_option("FILE", certifying->file, "The policy; - is the input")->required()->type_name("");
  certify->add_flag("--markdown", certifying->markdown, "As a document to file with an auditor");
  chosen.On(*certify, [certifying](Session& session) { return CertifyFile(session, *certifying); });

  auto* diff =
      policy.add_subcommand("diff", "Say what a change of policy does to every line of its certificate");
  auto comparing = std::make_shared<CertificateFlags>();
  diff->add_option("BEFORE", comparing->file, "The policy as it is; - is the input")
      ->required()
      ->type_name("");
  diff->add_option("AFTER", comparing->other, "The policy as it would be")->required()->type_name("");
  chosen.On(*diff, [comparing](Session& session) { return Diff(session, *comparing); });
}

}  // namespace latchkey::cli

// A certificate for people and for machines: table, Markdown, JSON. docs/certificate.md says what each line
// means.
#pragma once

#include <ostream>
#include <string>

#include "engine/policy/certificate/certificate.h"
#include "engine/policy/certificate/diff.h"

namespace latchkey::cli {

void ShowCertificate(const Certificate& certificate, std::ostream& out);

// A document to file with an auditor.
void WriteCertificateDocument(const Certificate& certificate, std::ostream& out);

// Keys: policy, promises, guesses_per_account, guesses_by_lane, bounds, owner_tries, denial,
// shared_addresses, compliance, findings, assumptions. Ends without a new line.
[[nodiscard]] std::string CertificateJson(const Certificate& certificate);

void ShowCertificateDiff(const std::vector<LineChange>& changes, const std::vector<FreshCounter>& fresh,
                         std::ostream& out);
[[nodiscard]] std::string CertificateDiffJson(const std::vector<LineChange>& changes,
                                              const std::vector<FreshCounter>& fresh);

}  // namespace latchkey::cli

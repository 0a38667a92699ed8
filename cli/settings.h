// What every verb is told by global flags and the environment.
#pragma once

#include <optional>
#include <string>

#include "CLI/App.hpp"
#include "absl/time/time.h"

namespace latchkey::cli {

enum class OutputFormat { kTable, kJson };

struct Settings {
  std::string server = "127.0.0.1:7450";
  bool tls = false;  // with the system's root certificates unless tls_ca names others
  std::string tls_ca;
  std::string tls_certificate;
  std::string tls_key;
  std::string api_key_file;
  bool insecure = false;  // lets an API key travel in the clear to another machine
  std::string tenant;
  OutputFormat output = OutputFormat::kTable;
  absl::Duration timeout = absl::Seconds(5);
  bool timeout_given = false;  // long streams have a deadline only then
};

// Binds the global flags and their environment variables to `settings`, which must outlive the parsing.
void AddSettings(CLI::App& app, Settings& settings);

// "500ms", "5s", "1h30m", "30d". Nothing for other text and for what is not above zero.
[[nodiscard]] std::optional<absl::Duration> ParseDuration(const std::string& text);

// Binds an option that is such a duration.
CLI::Option* AddDuration(CLI::App& app, const std::string& names, absl::Duration& target,
                         const std::string& help);

}  // namespace latchkey::cli

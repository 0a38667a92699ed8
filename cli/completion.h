// Shell completion, written from the command line as it is declared: it cannot fall behind.
#pragma once

#include <string>

#include "CLI/App.hpp"

namespace latchkey::cli {

enum class Shell { kBash, kZsh, kFish };

// A script for the shell to source. `app` is the root.
[[nodiscard]] std::string CompletionScript(const CLI::App& app, Shell shell);

}  // namespace latchkey::cli

// What is wrong with a command line, in words, and what was perhaps meant.
#pragma once

#include <string>

#include "CLI/App.hpp"

namespace latchkey::cli {

// `error` is what `app` has just thrown.
[[nodiscard]] std::string MistakeText(const CLI::App& app, const CLI::ParseError& error);

}  // namespace latchkey::cli

// An option that takes one of a few words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/strings/str_cat.h"

namespace latchkey::cli {

template <class T>
using Choices = std::vector<std::pair<std::string, T>>;

// Binds an option or argument; `choices` lives as long as the program.
template <class T>
CLI::Option* AddChoice(CLI::App& app, const std::string& names, const Choices<T>& choices, T& target,
                       const std::string& help) {
  std::string words;
  for (const auto& [word, value] : choices) absl::StrAppend(&words, words.empty() ? "" : "|", word);
  const auto find = [&choices](const std::string& text) -> const T* {
    for (const auto& [word, value] : choices) {
      if (word == text) return &value;
    }
    return nullptr;
  };
  return app
      .add_option_function<std::string>(
          names,
          [find, &target](const std::string& text) {
            if (const T* value = find(text)) target = *value;
          },
          help)
      ->check([find, words](const std::string& text) {
        return find(text) != nullptr ? std::string() : absl::StrCat("'", text, "' is none of ", words);
      })
      ->type_name(words);
}

}  // namespace latchkey::cli

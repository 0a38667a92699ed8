#include "cli/mistakes.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/suggest.h"

namespace latchkey::cli {
namespace {

// How far the words were understood: the last verb, and those before it with a space behind each.
struct Place {
  const CLI::App* app;
  std::string before;  // "policy " where the app is that of `policy`
};

Place Understood(const CLI::App& app) {
  Place place{&app, ""};
  for (auto verbs = app.get_subcommands(); !verbs.empty(); verbs = place.app->get_subcommands()) {
    place.app = verbs.back();
    absl::StrAppend(&place.before, place.app->get_name(), " ");
  }
  return place;
}

std::string VerbIsMissing(const CLI::App& app) {
  const Place place = Understood(app);
  std::vector<std::string> names;
  for (const CLI::App* verb : place.app->get_subcommands(nullptr)) names.push_back(verb->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    if (word.starts_with('-')) continue;
    return absl::StrCat("there is no verb '", place.before, word, "'; ", Suggest(word, known));
  }
  return absl::StrCat(place.before, place.before.empty() ? "a verb is missing; " : "wants a verb; ",
                      Suggest("", known));
}

// Empty where it is no flag that was not understood.
std::string FlagIsUnknown(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* from : {&app, Understood(app).app}) {
    for (const CLI::Option* option : from->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    if (!word.starts_with("--")) continue;
    const std::string flag = word.substr(0, word.find('='));
    const std::string near = Suggest(flag, known);
    return absl::StrCat("there is no flag '", flag, "' here", near.starts_with("did you") ? "; " + near : "");
  }
  return "";
}

}  // namespace

std::string MistakeText(const CLI::App& app, const CLI::ParseError& error) {
  const std::string said = error.what();
  if (error.get_name() == "RequiredError" && said == "A subcommand is required") return VerbIsMissing(app);
  // Its name is that of the program, so the type has to tell.
  const bool left_over = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const std::string flag = left_over ? FlagIsUnknown(app) : "";
  return flag.empty() ? said : flag;
}

}  // namespace latchkey::cli

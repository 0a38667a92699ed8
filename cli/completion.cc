#include "cli/completion.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace latchkey::cli {
namespace {

struct Word {
  std::string text;  // "policy", "--server"
  std::string help;
  bool is_flag = false;
  bool takes_file = false;
  bool takes_value = false;
};

// One place in the command line ("", "policy", "policy apply") and what may be typed there.
struct Place {
  std::string path;
  std::vector<Word> words;
};

void AddFlags(const CLI::App& app, std::vector<Word>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const bool takes_value = option->get_items_expected_max() > 0;
      words.push_back({absl::StrCat("--", name), option->get_description(), true,
                       option->get_type_name() == "FILE", takes_value});
    }
  }
}

void AddPlaces(const CLI::App& root, const CLI::App& app, const std::string& path,
               std::vector<Place>& places) {
  Place place{path, {}};
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    place.words.push_back({verb->get_name(), verb->get_description()});
  }
  AddFlags(app, place.words);
  if (&app != &root) AddFlags(root, place.words);
  places.push_back(std::move(place));
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    AddPlaces(root, *verb, path.empty() ? verb->get_name() : absl::StrCat(path, " ", verb->get_name()),
              places);
  }
}

std::string FileFlags(const std::vector<Place>& places) {
  std::vector<std::string> flags;
  for (const Place& place : places) {
    for (const Word& word : place.words) {
      if (word.takes_file && std::find(flags.begin(), flags.end(), word.text) == flags.end()) {
        flags.push_back(word.text);
      }
    }
  }
  return absl::StrJoin(flags, "|");
}

std::string Texts(const Place& place) {
  return absl::StrJoin(place.words, " ", [](std::string* out, const Word& word) { *out += word.text; });
}

// What bash and zsh (through bashcompinit) run: finds the place, then offers its words, or files.
constexpr std::string_view kBash = R"(_latchkey() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} place= i
  case $previous in
    @FILES@) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --output|-o) COMPREPLY=($(compgen -W "table json" -- "$cur")); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place${place:+ }${COMP_WORDS[i]}" in
@PATHS@
    esac
  done
  case $place in
@WORDS@
  esac
  [[ ${#COMPREPLY[@]} -gt 0 || $cur == -* ]] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _latchkey latchkey
)";

std::string BashScript(const std::vector<Place>& places) {
  std::vector<std::string> paths;
  std::vector<std::string> words;
  for (const Place& place : places) {
    if (!place.path.empty())
      paths.push_back(absl::StrCat("      \"", place.path, "\") place='", place.path, "' ;;"));
    words.push_back(absl::StrCat("    '", place.path, "') COMPREPLY=($(compgen -W '", Texts(place),
                                 "' -- \"$cur\")) ;;"));
  }
  return absl::StrReplaceAll(kBash.data(), {{"@FILES@", FileFlags(places)},
                                            {"@PATHS@", absl::StrJoin(paths, "\n")},
                                            {"@WORDS@", absl::StrJoin(words, "\n")}});
}

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string FishScript(const std::vector<Place>& places) {
  // The place is the words that are no flags.
  std::string script =
      "function __latchkey_at\n"
      "  set -l words (commandline -opc)[2..-1]\n"
      "  set -l typed (string match -v -- '-*' $words)\n"
      "  set -l place (string split ' ' -- $argv[1])\n"
      "  test -z \"$argv[1]\"; and test (count $typed) -eq 0; and return 0\n"
      "  test -n \"$argv[1]\"; and test \"$typed[1..\"(count $place)\"]\" = \"$argv[1]\"\n"
      "end\n";
  for (const Place& place : places) {
    for (const Word& word : place.words) {
      absl::StrAppend(&script, "complete -c latchkey -n ",
                      FishQuoted(absl::StrCat("__latchkey_at ", FishQuoted(place.path))));
      if (word.is_flag) {
        absl::StrAppend(&script, " -l ", word.text.substr(2), word.takes_value ? " -r" : "");
      } else {
        absl::StrAppend(&script, " -f -a ", FishQuoted(word.text));
      }
      absl::StrAppend(&script, " -d ", FishQuoted(word.help), "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& app, Shell shell) {
  std::vector<Place> places;
  AddPlaces(app, app, "", places);
  switch (shell) {
    case Shell::kBash:
      return BashScript(places);
    case Shell::kZsh:
      return absl::StrCat("#compdef latchkey\nautoload -U +X bashcompinit && bashcompinit\n",
                          BashScript(places));
    case Shell::kFish:
      break;
  }
  return FishScript(places);
}

}  // namespace latchkey::cli

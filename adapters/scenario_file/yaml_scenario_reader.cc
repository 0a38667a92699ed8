#include "adapters/scenario_file/yaml_scenario_reader.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/text.h"
#include "engine/lab/catalogue.h"

namespace latchkey {
namespace {

using lab::Parameter;

constexpr size_t kBytesMax = size_t{64} << 10U;

constexpr std::string_view kNoYesWords[] = {"no", "yes"};

// What the settings of a scenario and its faults are, beside actors and expectations.
constexpr Parameter kSettings[] = {
    {"duration", Parameter::Type::kTime, 0, "how long the simulated time is", 1},
    {"tags", Parameter::Type::kWord, 1, "whether the service sends password tags", 0, 1, kNoYesWords},
    {"stakes", Parameter::Type::kNumber, 64, "how many of the first accounts have something at stake", 0,
     1000},
    {"deadline", Parameter::Type::kTime, 0, "until when (0s: an hour after the end)"},
    {"store_entries", Parameter::Type::kNumber, 0, "the store's bound", 0, 1e8},
};
constexpr Parameter kFaults[] = {
    {"outage_start", Parameter::Type::kTime, 0, "when the store goes away"},
    {"outage", Parameter::Type::kTime, 0, "for how long"},
    {"skew", Parameter::Type::kTime, 0, "how far the node's clock is off"},
    {"duplicates", Parameter::Type::kShare, 0, "the share of reports that come twice", 0, 1},
    {"reorder", Parameter::Type::kTime, 0, "how late reports of wrong passwords come"},
};

// Reads one document and gathers mistakes.
class Reading {
 public:
  explicit Reading(std::string_view file) : file_(file) {}

  lab::Scenario Read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
      if (!root.IsMap()) {
        Wrong(root, "a scenario is a map that begins with 'id:'");
      } else {
        ReadRoot(root);
      }
    } catch (const YAML::Exception& error) {
      Wrong(error.mark, absl::StrCat("not YAML: ", error.msg));
    }
    return std::move(scenario_);
  }

  [[nodiscard]] absl::Status status() const {
    if (problems_.empty()) return absl::OkStatus();
    std::vector<std::string> lines;
    for (const auto& [place, line] : problems_) lines.push_back(line);
    return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
  }

 private:
  void Wrong(const YAML::Mark& mark, const std::string& what) {
    if (mark.is_null()) {
      problems_.insert({{0, 0}, absl::StrCat(ToAbsl(file_), ": ", what)});
    } else {
      problems_.insert({{mark.line, mark.column},
                        absl::StrCat(ToAbsl(file_), ":", mark.line + 1, ":", mark.column + 1, ": ", what)});
    }
  }
  void Wrong(const YAML::Node& node, const std::string& what) { Wrong(node.Mark(), what); }
  void Wrong(const YAML::Node& node, const absl::Status& status) {
    if (!status.ok()) Wrong(node, std::string(status.message()));
  }

  // The text of a single value; empty, and said to be wrong, for anything else.
  std::string Text(const YAML::Node& node, const std::string& what) {
    if (node.IsScalar()) return node.Scalar();
    Wrong(node, absl::StrCat("'", what, "' wants a single value"));
    return "";
  }

  void ReadRoot(const YAML::Node& root) {
    lab::Values settings(kSettings);
    std::set<std::string> said;
    for (const auto& field : root) {
      const std::string key = Text(field.first, "a key");
      if (!said.insert(key).second) Wrong(field.first, absl::StrCat("'", key, "' is said twice"));
      if (key == "id") {
        scenario_.id = Text(field.second, key);
      } else if (key == "shows") {
        scenario_.shows = Text(field.second, key);
      } else if (key == "people") {
        ReadCasts(field.second, lab::Side::kPeople, scenario_.people);
      } else if (key == "attack") {
        ReadCasts(field.second, lab::Side::kAttack, scenario_.attack);
      } else if (key == "attack_kind") {
        ReadKinds(field.second, scenario_.attack_kinds);
      } else if (key == "also") {
        ReadKinds(field.second, scenario_.also);
      } else if (key == "faults") {
        ReadFaults(field.second);
      } else if (key == "expect") {
        ReadExpectations(field.second);
      } else {
        ReadValue(
            field.first, field.second, kSettings,
            "id, shows, duration, tags, stakes, deadline, store_entries, people, attack, attack_kind, also, "
            "faults, expect",
            settings);
      }
    }
    for (const char* needed : {"id", "shows", "duration", "people"}) {
      if (!said.contains(needed)) Wrong(root, absl::StrCat("a scenario has no '", needed, "'"));
    }
    scenario_.duration = settings.Time("duration");
    scenario_.tags = settings.Yes("tags");
    scenario_.stakes = settings.Count("stakes");
    scenario_.deadline = settings.Time("deadline");
    scenario_.store_entries = settings.Count("store_entries");
  }

  // One "password-spray", or a list of them.
  void ReadKinds(const YAML::Node& node, std::vector<AttackKind>& kinds) {
    if (node.IsMap()) return Wrong(node, "wants the id of an attack, or a list: 'password-spray'");
    const auto read = [&](const YAML::Node& item) {
      const std::string id = Text(item, "an attack");
      if (const std::optional<AttackKind> kind = AttackKindOf(id)) return kinds.push_back(*kind);
      Wrong(item, absl::StrCat("unknown attack '", id.substr(0, 60), "'; known are ", KnownKinds()));
    };
    if (!node.IsSequence()) return read(node);
    for (const YAML::Node& item : node) read(item);
  }

  static std::string KnownKinds() {
    std::string known;
    for (int kind = 1; kind <= kAttackKinds; ++kind) {
      absl::StrAppend(&known, known.empty() ? "" : ", ", ToAbsl(NameOf(static_cast<AttackKind>(kind)).id));
    }
    return known;
  }

  void ReadFaults(const YAML::Node& node) {
    lab::Values values(kFaults);
    ReadValues(node, kFaults, values);
    scenario_.faults = {.outage_start = values.Time("outage_start"),
                        .outage = values.Time("outage"),
                        .skew = values.Time("skew"),
                        .duplicates = values.Number("duplicates"),
                        .reorder = values.Time("reorder")};
  }

  void ReadCasts(const YAML::Node& node, lab::Side side, std::vector<lab::Cast>& casts) {
    if (!node.IsSequence()) return Wrong(node, "wants a list of actors: '- owners: { count: 100 }'");
    for (const YAML::Node& item : node) {
      if (item.IsScalar()) {
        AddCast(item, YAML::Node(YAML::NodeType::Map), side, casts);
      } else if (item.IsMap() && item.size() == 1) {
        AddCast(item.begin()->first, item.begin()->second, side, casts);
      } else {
        Wrong(item, "an actor is a name, or a name with values: 'owners: { count: 100 }'");
      }
    }
  }

  void AddCast(const YAML::Node& name, const YAML::Node& values, lab::Side side,
               std::vector<lab::Cast>& casts) {
    const std::string text = Text(name, "an actor");
    const lab::ActorKind* kind = lab::FindActorKind(text);
    if (kind == nullptr || kind->side != side) {
      const bool people = side == lab::Side::kPeople;
      return Wrong(name,
                   absl::StrCat("unknown actor '", text.substr(0, 60), "' among ",
                                people ? "people" : "attackers", "; known are ", lab::ActorNames(side)));
    }
    lab::Cast cast{.kind = kind, .values = lab::Values(kind->parameters)};
    ReadValues(values, kind->parameters, cast.values);
    casts.push_back(std::move(cast));
  }

  void ReadValues(const YAML::Node& node, std::span<const Parameter> parameters, lab::Values& values) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return Wrong(node, "wants a map of values: '{ count: 100 }'");
    std::set<std::string> said;
    for (const auto& field : node) {
      if (!said.insert(Text(field.first, "a key")).second)
        Wrong(field.first, absl::StrCat("'", field.first.Scalar(), "' is said twice"));
      ReadValue(field.first, field.second, parameters, "", values);
    }
  }

  void ReadValue(const YAML::Node& key, const YAML::Node& value, std::span<const Parameter> parameters,
                 const std::string& known, lab::Values& values) {
    const std::string name = Text(key, "a key");
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& each) { return each.name == name; });
    if (found == parameters.end()) {
      const auto append = [](std::string* out, const Parameter& each) { out->append(each.name); };
      return Wrong(key, absl::StrCat("unknown key '", name.substr(0, 60), "'; known are ",
                                     known.empty() ? absl::StrJoin(parameters, ", ", append) : known));
    }
    if (!value.IsScalar()) return Wrong(value, absl::StrCat("'", name, "' wants a single value"));
    Wrong(value, values.Set(*found, value.Scalar()));
  }

  void ReadExpectations(const YAML::Node& node) {
    if (!node.IsMap()) return Wrong(node, "wants a map of figures: '{ guesses_verified: <= 100 }'");
    for (const auto& field : node) {
      const std::string name = Text(field.first, "a figure");
      const lab::FigureKind* figure = lab::FindFigure(name);
      if (figure == nullptr) {
        const auto append = [](std::string* out, const lab::FigureKind& each) { out->append(each.name); };
        Wrong(field.first, absl::StrCat("unknown figure '", name.substr(0, 60), "'; known are ",
                                        absl::StrJoin(lab::FigureKinds(), ", ", append)));
        continue;
      }
      const absl::StatusOr<lab::Expectation> expectation =
          lab::ParseExpectation(*figure, Text(field.second, name));
      if (!expectation.ok()) {
        Wrong(field.second, expectation.status());
      } else {
        scenario_.expectations.push_back(*expectation);
      }
    }
  }

  std::string_view file_;
  lab::Scenario scenario_;
  std::multimap<std::pair<int, int>, std::string> problems_;  // in the order of the file
};

std::string NameOfFile(std::string_view file) {
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file.substr(0, file.rfind('.')));
}

}  // namespace

absl::StatusOr<lab::Scenario> YamlScenarioReader::Read(std::string_view file, std::string_view text) const {
  if (text.size() > kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(ToAbsl(file), ": longer than 64 KiB: no scenario is"));
  }
  Reading reading(file);
  lab::Scenario scenario = reading.Read(std::string(text));
  if (const absl::Status status = reading.status(); !status.ok()) return status;
  scenario.name = NameOfFile(file);
  return scenario;
}

absl::StatusOr<lab::Scenario> ReadScenarioFile(const std::string& path) {
  const auto fail = [&path](int error) {
    return absl::ErrnoToStatus(error, absl::StrCat("scenario ", path));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return fail(errno);
  std::string text(kBytesMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail(errno);
  return YamlScenarioReader().Read(path, text);
}

}  // namespace latchkey

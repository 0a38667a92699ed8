#include "adapters/policy_file/yaml_tree.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "yaml-cpp/eventhandler.h"

namespace latchkey {
namespace {

TextPosition PositionOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {.line = mark.line + 1, .column = mark.column + 1};
}

// Ends a parse whose text has grown past a bound. Never leaves this file.
class TooLarge : public std::exception {};

// Builds the tree from yaml-cpp's events. A map's keys arrive as ordinary nodes before their values.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlBounds& bounds, Problems& problems) : bounds_(bounds), problems_(problems) {}

  [[nodiscard]] YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Finish(Node(YamlNode::Kind::kNull, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    problems_.Add(PositionOf(mark), "an alias (*name) is not part of a policy", "write the value out");
    Finish(Node(YamlNode::Kind::kNull, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    YamlNode node = Node(YamlNode::Kind::kScalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    Finish(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Begin(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { End(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Begin(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { End(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;  // kMap: read, its value not yet.
  };

  YamlNode Node(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > bounds_.nodes_max) {
      problems_.Add(PositionOf(mark),
                    absl::StrCat("more than ", bounds_.nodes_max, " values: no policy is that long"));
      throw TooLarge();
    }
    YamlNode node;
    node.kind = kind;
    node.at = PositionOf(mark);
    return node;
  }

  void Begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    if (static_cast<int>(open_.size()) == bounds_.depth_max) {
      problems_.Add(PositionOf(mark), absl::StrCat("nested more than ", bounds_.depth_max, " deep"));
      throw TooLarge();
    }
    open_.push_back({.node = Node(kind, mark), .key = std::nullopt});
  }

  void End() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Finish(std::move(node));
  }

  void Finish(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      AddField(parent, std::move(node));
    }
  }

  void AddField(Open& parent, YamlNode value) {
    YamlNode key = *std::move(parent.key);
    parent.key.reset();
    if (key.kind != YamlNode::Kind::kScalar) {
      problems_.Add(key.at, absl::StrCat("a key must be a word, not ", std::string(YamlKindName(key))));
      return;
    }
    if (value.kind == YamlNode::Kind::kNull) value.at = key.at;  // Nothing stands nowhere: point at its key.
    parent.node.fields.push_back({.key = std::move(key.text), .at = key.at, .value = std::move(value)});
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      problems_.Add(PositionOf(mark), "an anchor (&name) is not part of a policy", "leave it out");
  }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.Add(PositionOf(mark), "a tag (!type) is not part of a policy", "leave it out");
  }

  const YamlBounds& bounds_;
  Problems& problems_;
  YamlNode root_;
  std::vector<Open> open_;
  int nodes_ = 0;
};

// Nothing but counts documents after the first.
class ExtraDocument final : public YAML::EventHandler {
 public:
  explicit ExtraDocument(Problems& problems) : problems_(problems) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    problems_.Add(PositionOf(mark), "a second document (---)", "one file is one policy");
    throw TooLarge();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}

 private:
  Problems& problems_;
};

}  // namespace

std::optional<YamlNode> ParseYaml(std::string_view text, const YamlBounds& bounds, Problems& problems) {
  if (text.size() > bounds.bytes_max) {
    problems.Add({}, absl::StrCat("longer than ", bounds.bytes_max, " bytes: no policy is that long"));
    return std::nullopt;
  }
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    problems.Add({.line = static_cast<int>(line) + 1, .column = 1}, "a zero byte: this is not a text file");
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(bounds, problems);
    if (!parser.HandleNextDocument(builder)) {
      problems.Add({}, "the file is empty", "a policy begins with 'version: 1'");
      return std::nullopt;
    }
    ExtraDocument extra(problems);
    parser.HandleNextDocument(extra);
    return builder.TakeRoot();
  } catch (const TooLarge&) {
    // Said already.
  } catch (const YAML::Exception& error) {
    problems.Add(PositionOf(error.mark), absl::StrCat("not YAML: ", error.msg),
                 "what follows was not read; mend this first");
  } catch (const std::exception& error) {
    problems.Add({}, absl::StrCat("not YAML: ", error.what()));
  }
  return std::nullopt;
}

std::string_view YamlKindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

}  // namespace latchkey

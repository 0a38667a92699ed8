#include "tests/cli-policy-schema/json_schema.h"

#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <stdexcept>

namespace latchkey {
namespace {

using Json = nlohmann::json;

bool HasType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  throw std::runtime_error("type " + type);
}

bool Matches(const std::string& text, const std::string& pattern) {
  static std::map<std::string, std::regex>& known = *new std::map<std::string, std::regex>();
  auto [regex, is_new] = known.try_emplace(pattern);
  if (is_new) regex->second = std::regex(pattern, std::regex::ECMAScript);
  return std::regex_search(text, regex->second);
}

class Judge {
 public:
  Judge(const Json& schema, const Json& root, const Json& value, std::string at)
      : schema_(schema), root_(root), value_(value), at_(std::move(at)) {}

  std::string Fault() const {
    if (schema_.is_boolean()) return schema_.get<bool>() ? "" : at_ + ": must not be here";
    for (const auto& [keyword, argument] : schema_.items()) {
      if (std::string fault = Apply(keyword, argument); !fault.empty()) return fault;
    }
    return "";
  }

 private:
  std::string Of(const Json& schema, const Json& value, const std::string& at) const {
    return FirstFault(schema, root_, value, at);
  }
  bool Follows(const Json& schema) const { return Of(schema, value_, at_).empty(); }
  std::string Unless(bool good, const std::string& why) const { return good ? "" : at_ + ": " + why; }

  std::string Apply(const std::string& keyword, const Json& argument) const {
    if (keyword == "$schema" || keyword == "title" || keyword == "description" || keyword == "definitions" ||
        keyword == "then" || keyword == "else")
      return "";
    if (keyword == "$ref")
      return Of(root_.at(Json::json_pointer(argument.get<std::string>().substr(1))), value_, at_);
    if (keyword == "type") {
      const Json types = argument.is_array() ? argument : Json::array({argument});
      return Unless(
          std::any_of(types.begin(), types.end(), [&](const Json& t) { return HasType(value_, t); }),
          "is no " + argument.dump());
    }
    if (keyword == "enum")
      return Unless(std::find(argument.begin(), argument.end(), value_) != argument.end(),
                    "is none of " + argument.dump());
    if (keyword == "const") return Unless(value_ == argument, "is not " + argument.dump());
    if (keyword == "minimum")
      return Unless(!value_.is_number() || value_ >= argument, "is below " + argument.dump());
    if (keyword == "maximum")
      return Unless(!value_.is_number() || value_ <= argument, "is above " + argument.dump());
    if (keyword == "minLength" || keyword == "maxLength" || keyword == "pattern")
      return Text(keyword, argument);
    if (keyword == "items" || keyword == "minItems" || keyword == "maxItems" || keyword == "uniqueItems")
      return List(keyword, argument);
    if (keyword == "required" || keyword == "properties" || keyword == "patternProperties" ||
        keyword == "additionalProperties")
      return Map(keyword, argument);
    if (keyword == "anyOf")
      return Unless(std::any_of(argument.begin(), argument.end(), [&](const Json& s) { return Follows(s); }),
                    "follows none of the forms");
    if (keyword == "allOf") {
      for (const Json& schema : argument) {
        if (std::string fault = Of(schema, value_, at_); !fault.empty()) return fault;
      }
      return "";
    }
    if (keyword == "not") return Unless(!Follows(argument), "follows what it must not");
    if (keyword == "if") {
      const char* branch = Follows(argument) ? "then" : "else";
      return schema_.contains(branch) ? Of(schema_.at(branch), value_, at_) : "";
    }
    throw std::runtime_error("keyword " + keyword);
  }

  std::string Text(const std::string& keyword, const Json& argument) const {
    if (!value_.is_string()) return "";
    const auto& text = value_.get_ref<const std::string&>();
    if (keyword == "pattern") return Unless(Matches(text, argument), "does not match " + argument.dump());
    if (keyword == "minLength") return Unless(text.size() >= argument.get<size_t>(), "is too short");
    return Unless(text.size() <= argument.get<size_t>(), "is too long");
  }

  std::string List(const std::string& keyword, const Json& argument) const {
    if (!value_.is_array()) return "";
    if (keyword == "minItems") return Unless(value_.size() >= argument.get<size_t>(), "has too few items");
    if (keyword == "maxItems") return Unless(value_.size() <= argument.get<size_t>(), "has too many items");
    if (keyword == "uniqueItems") {
      for (size_t i = 1; i < value_.size(); ++i) {
        if (std::find(value_.begin(), value_.begin() + static_cast<std::ptrdiff_t>(i), value_[i]) !=
            value_.begin() + static_cast<std::ptrdiff_t>(i))
          return at_ + ": has an item twice";
      }
      return "";
    }
    for (size_t i = 0; i < value_.size(); ++i) {
      if (std::string fault = Of(argument, value_[i], at_ + "[" + std::to_string(i) + "]"); !fault.empty())
        return fault;
    }
    return "";
  }

  std::string Map(const std::string& keyword, const Json& argument) const {
    if (!value_.is_object()) return "";
    if (keyword == "required") {
      for (const Json& name : argument) {
        if (!value_.contains(name.get<std::string>())) return at_ + ": has no " + name.dump();
      }
      return "";
    }
    for (const auto& [name, field] : value_.items()) {
      const std::string at = at_ + "." + name;
      if (keyword == "properties" && argument.contains(name)) {
        if (std::string fault = Of(argument.at(name), field, at); !fault.empty()) return fault;
      } else if (keyword == "patternProperties") {
        for (const auto& [pattern, schema] : argument.items()) {
          if (!Matches(name, pattern)) continue;
          if (std::string fault = Of(schema, field, at); !fault.empty()) return fault;
        }
      } else if (keyword == "additionalProperties" && !IsNamed(name)) {
        if (std::string fault = Of(argument, field, at); !fault.empty()) return fault;
      }
    }
    return "";
  }

  bool IsNamed(const std::string& name) const {
    if (schema_.contains("properties") && schema_.at("properties").contains(name)) return true;
    if (!schema_.contains("patternProperties")) return false;
    const Json& patterns = schema_.at("patternProperties");
    for (const auto& [pattern, schema] : patterns.items()) {
      if (Matches(name, pattern)) return true;
    }
    return false;
  }

  const Json& schema_;
  const Json& root_;
  const Json& value_;
  std::string at_;
};

}  // namespace

std::string FirstFault(const Json& schema, const Json& root, const Json& value, const std::string& at) {
  return Judge(schema, root, value, at).Fault();
}

}  // namespace latchkey

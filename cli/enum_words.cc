#include "cli/enum_words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace latchkey::cli {
namespace {

// What all names of an enum begin with: "OUTCOME_" of OUTCOME_UNSPECIFIED.
size_t PrefixLength(const google::protobuf::EnumDescriptor& type) {
  const std::string& zero = type.value(0)->name();
  const size_t end = zero.rfind("UNSPECIFIED");
  return end == std::string::npos ? 0 : end;
}

std::string WordOf(const google::protobuf::EnumValueDescriptor& value) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(value.name().substr(PrefixLength(*value.type()))),
                             {{"_", "-"}});
}

}  // namespace

std::string EnumWord(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  return value == nullptr ? absl::StrCat(number) : WordOf(*value);
}

std::string ActionWord(v1::Action action) { return absl::AsciiStrToUpper(Word(action)); }

std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) words.push_back(WordOf(*type.value(i)));
  }
  return words;
}

int EnumNumber(const google::protobuf::EnumDescriptor& type, const std::string& word) {
  const std::string wanted = absl::AsciiStrToLower(absl::StrReplaceAll(word, {{"_", "-"}}));
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    if (WordOf(value) == wanted || value.name() == word) return value.number();
  }
  return 0;
}

}  // namespace latchkey::cli

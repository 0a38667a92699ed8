// The enums of the contract as people read and type them: ALLOW, stranger, login-complete.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "latchkey/v1/common.pb.h"

namespace latchkey::cli {

// "OUTCOME_LOGIN_COMPLETE" of enum Outcome is "login-complete". Unknown numbers (of a newer server) are shown
// as they are.
[[nodiscard]] std::string EnumWord(const google::protobuf::EnumDescriptor& type, int number);

template <class Enum>
[[nodiscard]] std::string Word(Enum value) {
  return EnumWord(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}
// In capitals, as the design writes it: ALLOW.
[[nodiscard]] std::string ActionWord(v1::Action action);

// All words of an enum but the unspecified one.
[[nodiscard]] std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type);

// The number of a word (or of the full name in the .proto), or 0.
[[nodiscard]] int EnumNumber(const google::protobuf::EnumDescriptor& type, const std::string& word);

}  // namespace latchkey::cli

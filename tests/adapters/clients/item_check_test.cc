#include "adapters/clients/cpp/item_check.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace latchkey::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Calls `visit(path)` with each text field of the message set to what is not UTF-8, one at a time.
template <typename Visit>
void SpoilEachText(Message& root, Message& message, const std::string& prefix, Visit visit) {
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const std::string path = prefix + field->name();
    if (field->is_repeated()) {
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << path << ": to be checked too";
    } else if (field->type() == FieldDescriptor::TYPE_STRING) {
      message.GetReflection()->SetString(&message, field, "caf\xE9");
      visit(path);
      message.GetReflection()->ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      SpoilEachText(root, *message.GetReflection()->MutableMessage(&message, field), path + ".", visit);
    }
  }
}

TEST(ItemCheckTest, NoTextOfAnAttemptCanSpoilTheFrameOfOthers) {
  v1::AssessRequest attempt;
  int fields = 0;
  SpoilEachText(attempt, attempt, "", [&](const std::string& path) {
    ++fields;
    EXPECT_EQ(CheckItem(attempt), absl::InvalidArgumentError(path + ": is not UTF-8"));
  });
  EXPECT_EQ(fields, 12);
}

TEST(ItemCheckTest, NoTextOfAReportCanEither) {
  v1::ReportRequest report;
  int fields = 0;
  SpoilEachText(report, report, "", [&](const std::string& path) {
    ++fields;
    EXPECT_EQ(CheckItem(report), absl::InvalidArgumentError(path + ": is not UTF-8"));
  });
  EXPECT_EQ(fields, 2);
}

TEST(ItemCheckTest, WhatNoServerTakesIsNotSent) {
  v1::AssessRequest attempt;
  attempt.set_account(std::string(kItemBytesMax - 10, 'a'));
  EXPECT_TRUE(CheckItem(attempt).ok());
  attempt.set_account(std::string(kItemBytesMax, 'a'));
  EXPECT_EQ(CheckItem(attempt).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ItemCheckTest, Utf8IsWhatUnicodeCallsWellFormed) {
  for (const char* text : {"", "alice", "\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x9F\x94\x91", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE2\x82",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE9z"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace latchkey::client

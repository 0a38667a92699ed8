#include "load-tests/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace latchkey::load {
namespace {

using testing::HasSubstr;

absl::StatusOr<Profile> Read(const std::string& text) {
  const std::string file = testing::TempDir() + "/a-day.yaml";
  std::ofstream(file) << text;
  return ReadProfile(file);
}

TEST(ProfileTest, TheDaysThatAreShippedCanAllBeRead) {
  const auto profiles = ReadProfiles(LATCHKEY_PROFILES);
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  std::vector<std::string> names;
  for (const Profile& profile : *profiles) names.push_back(profile.shape.name);
  EXPECT_THAT(names, testing::ElementsAre("all-refused", "botnet-one-account", "calm-day", "key-flood",
                                          "mixed", "nine-o-clock-rush", "stuffing-storm"));
}

TEST(ProfileTest, IsNamedAfterItsFile) {
  const auto profile = Read(
      "what: a test\nrate: 10\npace: [1, 2]\ncrowds: [ { name: all, share: 1, accounts: 2, sources: 3, "
      "wrong: 0.5 } ]\n");
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->shape.name, "a-day");
  EXPECT_EQ(profile->rate, 10);
  EXPECT_THAT(profile->pace, testing::ElementsAre(1, 2));
  EXPECT_FALSE(profile->shape.crowds[0].devices);
}

TEST(ProfileTest, SharesHaveToAddUpToAll) {
  const auto profile = Read(
      "what: a test\nrate: 10\ncrowds: [ { name: half, share: 0.5, accounts: 2, sources: 3, wrong: 0 } ]\n");
  EXPECT_EQ(profile.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(profile.status().message()),
              HasSubstr("a-day.yaml:3:9: shares must add up to 1, not 0.5"));
}

TEST(ProfileTest, SaysWhereAKeyIsUnknownAndWhereAValueIsMissing) {
  const auto unknown = Read("what: a test\nrates: 10\n");
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("a-day.yaml:2:1: unknown key 'rates'"));
  EXPECT_EQ(Read("what: a test\n").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadProfile("/nonexistent/day.yaml").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace latchkey::load

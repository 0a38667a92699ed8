// One short fault within the ordinary tests; `./dev faults` plays all of them.
#include "tests/faults/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/standalone.h"

namespace latchkey::faults {
namespace {

using ::testing::IsEmpty;

TEST(FaultsTest, ConnectionsThatAreCutInTheMiddleOfRepliesLoseDoubleAndConfuseNothing) {
  Standalone site;
  const Fault cut{.name = "cut-mid-reply", .site = "standalone", .inflict = [&](Site&) {
                    site.SetBoth(FaultyProxy::Way::kCut);
                    std::this_thread::sleep_for(std::chrono::milliseconds(700));
                    site.SetBoth(FaultyProxy::Way::kPass);
                    return std::vector<std::string>();
                  }};
  const Report report = Play(cut, site, /*seed=*/7, std::chrono::milliseconds(300));
  EXPECT_GT(site.proxy(0).cuts() + site.proxy(1).cuts(), 0U);
  EXPECT_THAT(report.verdict.wrong, IsEmpty());
  EXPECT_EQ(report.verdict.owners_refused, 0);
}

}  // namespace
}  // namespace latchkey::faults

#include "adapters/siem/siem_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "adapters/siem/ocsf_format.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

// Waits in each line until it is let go.
class SlowFormat final : public SiemFormat {
 public:
  explicit SlowFormat(std::shared_future<void> go) : go_(std::move(go)) {}
  [[nodiscard]] std::string Login(const LoginEvent& event) const override {
    go_.wait();
    return std::to_string(event.decision);
  }
  [[nodiscard]] std::string Incident(const Notice& notice, bool /*show_names*/) const override {
    return notice.id;
  }

 private:
  std::shared_future<void> go_;
};

class SiemLogTest : public testing::Test {
 protected:
  size_t Lines(const std::string& path) {
    const std::string text = ScratchFolder::Read(path);
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  static void Report(SiemLog& log, uint64_t decision) {
    log.OnReport({.decision = decision}, Outcome::kWrong, TimePoint());
  }
  static void AwaitWritten(const SiemLog& log, uint64_t count) {
    for (int i = 0; i < 1000 && log.counts().written < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  ScratchFolder folder_;
  const std::string path_ = folder_.File("siem.log");
};

TEST_F(SiemLogTest, WritesWhatWaitsBeforeItEnds) {
  {
    const auto log = SiemLog::Open({.path = path_}, std::make_unique<OcsfFormat>("prod"));
    ASSERT_TRUE(log.ok()) << log.status();
    for (uint64_t i = 0; i < 1000; ++i) Report(**log, i);
  }
  EXPECT_EQ(Lines(path_), 1000U);
}

TEST_F(SiemLogTest, DropsAndCountsWhatHasNoRoomAndNeverWaits) {
  std::promise<void> go;
  const auto log =
      *SiemLog::Open({.path = path_, .queue_max = 10}, std::make_unique<SlowFormat>(go.get_future().share()));
  for (uint64_t i = 0; i < 100; ++i) Report(*log, i);
  // Ten wait, and at most ten are with the thread that writes.
  EXPECT_GE(log->counts().dropped, 80U);
  go.set_value();
  AwaitWritten(*log, 100 - log->counts().dropped);
  EXPECT_EQ(log->counts().written + log->counts().dropped, 100U);
  EXPECT_EQ(Lines(path_), log->counts().written);
}

TEST_F(SiemLogTest, LetsGoOfAFileThatWasMovedAway) {
  const auto log = *SiemLog::Open({.path = path_}, std::make_unique<OcsfFormat>("prod"));
  Report(*log, 1);
  AwaitWritten(*log, 1);
  std::filesystem::rename(path_, path_ + ".1");
  log->Reopen();
  Report(*log, 2);
  AwaitWritten(*log, 2);
  EXPECT_EQ(Lines(path_ + ".1"), 1U);
  EXPECT_EQ(Lines(path_), 1U);
}

TEST_F(SiemLogTest, CountsWhatTheDiskDoesNotTake) {
  const auto log = *SiemLog::Open({.path = "/dev/full"}, std::make_unique<OcsfFormat>("prod"));
  Report(*log, 1);
  for (int i = 0; i < 1000 && log->counts().failed == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(log->counts().failed, 1U);
}

TEST_F(SiemLogTest, SaysThatItsFileCannotBeOpened) {
  EXPECT_EQ(SiemLog::Open({.path = folder_.File("no/such/folder")}, nullptr).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace latchkey

#include "tests/support/latchkeyd.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/holds_within.h"

namespace latchkey {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::unique_ptr<ChildProcess> Launch(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<std::string> command = {LATCHKEY_DAEMON};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto process = ChildProcess::Start(command, {.log_file = log, .scrub = "LATCHKEY_"});
  if (!process.ok()) throw std::runtime_error(std::string(process.status().message()));
  return *std::move(process);
}

}  // namespace

Latchkeyd::Latchkeyd(const std::vector<std::string>& flags) {
  const std::vector<std::pair<std::string, std::string>> defaults = {
      {"--listen", "127.0.0.1:0"},
      {"--data-dir", folder_.File("data")},
      {"--policy", LATCHKEY_SOURCE_DIR "/policies/default.yaml"},
      {"--ready-file", folder_.File("ready")}};
  for (const auto& [flag, value] : defaults) {
    if (std::find(flags.begin(), flags.end(), flag) == flags.end())
      flags_.insert(flags_.end(), {flag, value});
  }
  flags_.insert(flags_.end(), flags.begin(), flags.end());
  Start();
}

void Latchkeyd::Start() {
  std::filesystem::remove(folder_.File("ready"));
  process_ = Launch(flags_, folder_.File("log"));
  const bool ready = HoldsWithin(kPatience, [this] {
    return process_->Ended().has_value() || std::filesystem::exists(folder_.File("ready"));
  });
  std::ifstream(folder_.File("ready")) >> address_;
  if (!ready || address_.empty()) throw std::runtime_error("latchkeyd does not start:\n" + process_->Log());
}

void Latchkeyd::Restart() {
  process_.reset();
  Start();
}

bool Latchkeyd::AwaitLog(const std::string& text) const {
  return HoldsWithin(kPatience, [&] { return process_->Log().find(text) != std::string::npos; });
}

Ended RunLatchkeyd(const std::vector<std::string>& flags) {
  const ScratchFolder folder;
  std::vector<std::string> arguments = flags;
  if (std::find(flags.begin(), flags.end(), "--data-dir") == flags.end())
    arguments.insert(arguments.end(), {"--data-dir", folder.File("data")});
  const auto process = Launch(arguments, folder.File("log"));
  (void)HoldsWithin(kPatience, [&] { return process->Ended().has_value(); });
  return {.code = process->ExitCode().value_or(-1), .said = process->Log()};
}

}  // namespace latchkey

#include "cli/demo/private_server.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {
namespace {

constexpr absl::Duration kReadyPatience = absl::Seconds(30);
constexpr size_t kTailBytesMax = 2000;

absl::StatusOr<std::filesystem::path> MakeFolder() {
  std::error_code error;
  std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  std::string name = ((error ? std::filesystem::path("/tmp") : parent) / "latchkey-demo-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    return absl::UnknownError(absl::StrCat("no temporary folder ", name, ": ", std::strerror(errno)));
  }
  return std::filesystem::path(name);
}

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateServer>> PrivateServer::Start(const ServerOptions& options) {
  std::unique_ptr<PrivateServer> server(new PrivateServer);
  LATCHKEY_ASSIGN_OR_RETURN(server->folder_, MakeFolder());
  const std::filesystem::path ready = server->folder_ / "ready";
  std::vector<std::string> command = {
      options.program,
      "--listen=127.0.0.1:0",
      absl::StrCat("--store=", options.store),
      absl::StrCat("--data-dir=", (server->folder_ / "data").string()),
      absl::StrCat("--policy=", options.policy),
      absl::StrCat("--attempt-token-life=", absl::ToInt64Milliseconds(options.attempt_token_life), "ms"),
      absl::StrCat("--ready-file=", ready.string())};
  command.insert(command.end(), options.more_flags.begin(), options.more_flags.end());
  LATCHKEY_ASSIGN_OR_RETURN(
      server->process_,
      ChildProcess::Start(command, {.log_file = (server->folder_ / "log").string(), .scrub = "LATCHKEY_"}));
  LATCHKEY_RETURN_IF_ERROR(server->AwaitReady(ready));
  return server;
}

PrivateServer::~PrivateServer() {
  if (process_) process_->Stop(std::chrono::seconds(5));
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::Status PrivateServer::AwaitReady(const std::filesystem::path& ready_file) {
  const absl::Time end = absl::Now() + kReadyPatience;
  while (true) {
    const std::string text = TextOf(ready_file);
    if (text.ends_with('\n')) {
      address_ = std::string(absl::StripAsciiWhitespace(text));
      return absl::OkStatus();
    }
    if (const auto ended = process_->Ended()) {
      return absl::UnknownError(absl::StrCat("latchkeyd ", *ended, ":\n", LogTail()));
    }
    if (absl::Now() > end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "latchkeyd was not ready within ", absl::FormatDuration(kReadyPatience), ":\n", LogTail()));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

std::string PrivateServer::LogTail() const {
  const std::string text = process_->Log();
  return text.substr(text.size() - std::min(text.size(), kTailBytesMax));
}

}  // namespace latchkey::demo

#include "cli/demo/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace latchkey::demo {
namespace {

constexpr int kCannotRun = 127;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::string& scrub) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string text(*variable);
    if (!text.starts_with(scrub)) variables.push_back(std::move(text));
  }
  return variables;
}

// Between fork and exec: nothing but system calls.
[[noreturn]] void Become(char* const* command, char* const* environment, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kCannotRun);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execve(command[0], command, environment);
  _exit(kCannotRun);
}

std::string EndText(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("was ended by signal ", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return code == kCannotRun ? "could not be run" : absl::StrCat("ended with ", code);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& command,
                                                                  const std::string& log,
                                                                  const std::string& scrub) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = Environment(scrub);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnknownError(absl::StrCat(log, ": ", std::strerror(errno)));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(argument_pointers.data(), variable_pointers.data(), file, parent);
  const int error = errno;
  close(file);
  if (pid < 0)
    return absl::UnknownError(absl::StrCat("cannot start ", command[0], ": ", std::strerror(error)));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

ChildProcess::~ChildProcess() { Stop(absl::Seconds(5)); }

std::optional<std::string> ChildProcess::Ended() {
  if (ended_) return ended_;
  int status = 0;
  const pid_t found = waitpid(pid_, &status, WNOHANG);
  if (found == pid_) ended_ = EndText(status);
  if (found < 0 && errno != EINTR) ended_ = "is gone";
  return ended_;
}

void ChildProcess::Stop(absl::Duration patience) {
  if (Ended()) return;
  kill(pid_, SIGTERM);
  for (const absl::Time end = absl::Now() + patience; absl::Now() < end;
       absl::SleepFor(absl::Milliseconds(10))) {
    if (Ended()) return;
  }
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = EndText(status);
}

}  // namespace latchkey::demo

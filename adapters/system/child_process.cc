#include "adapters/system/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

constexpr int kCannotRun = 127;

std::string Find(const std::string& program) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0 ? program : "";
  const char* path = std::getenv("PATH");
  const std::vector<std::string> folders = absl::StrSplit(path == nullptr ? "/usr/bin" : path, ':');
  for (const std::string& folder : folders) {
    std::string candidate = absl::StrCat(folder, "/", program);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

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
    if (scrub.empty() || text.rfind(scrub, 0) != 0) variables.push_back(std::move(text));
  }
  return variables;
}

// Between fork and exec: nothing but system calls.
[[noreturn]] void Become(char* const* command, char* const* environment, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kCannotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execve(command[0], command, environment);
  _exit(kCannotRun);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& command,
                                                                  const Options& options) {
  std::vector<std::string> arguments = command;
  arguments.front() = Find(command.front());
  if (arguments.front().empty())
    return absl::NotFoundError(absl::StrCat(command.front(), " is not there, or cannot be run"));
  std::vector<std::string> variables = Environment(options.scrub);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const int log = open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::UnknownError(absl::StrCat(options.log_file, ": ", std::strerror(errno)));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(argument_pointers.data(), variable_pointers.data(), log, parent);
  const int error = errno;
  close(log);
  if (pid < 0)
    return absl::UnknownError(absl::StrCat("cannot start ", command.front(), ": ", std::strerror(error)));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, options));
}

ChildProcess::~ChildProcess() { Stop(std::chrono::seconds(5)); }

void ChildProcess::Note(int status) {
  if (WIFSIGNALED(status)) {
    ended_ = absl::StrCat("was ended by signal ", WTERMSIG(status));
    return;
  }
  exit_code_ = WEXITSTATUS(status);
  ended_ = *exit_code_ == kCannotRun ? "could not be run" : absl::StrCat("ended with ", *exit_code_);
}

std::optional<std::string> ChildProcess::Ended() {
  if (ended_) return ended_;
  int status = 0;
  const pid_t found = waitpid(pid_, &status, WNOHANG);
  if (found == pid_) Note(status);
  if (found < 0 && errno != EINTR) ended_ = "is gone";
  return ended_;
}

std::optional<int> ChildProcess::ExitCode() {
  (void)Ended();
  return exit_code_;
}

void ChildProcess::Signal(int number) const {
  if (!ended_) kill(pid_, number);
}

void ChildProcess::Stop(Duration patience) {
  if (Ended()) return;
  kill(pid_, SIGTERM);
  for (const auto end = std::chrono::steady_clock::now() + patience;
       std::chrono::steady_clock::now() < end;) {
    if (Ended()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  Note(status);
}

std::string ChildProcess::Log() const {
  std::ifstream file(options_.log_file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace latchkey

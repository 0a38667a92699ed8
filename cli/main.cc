// latchkey: the command line.
#include <csignal>
#include <iostream>

#include "cli/run.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // `latchkey watch | head` ends with a message, not with a crash
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(latchkey::cli::Run(arguments, {std::cin, std::cout, std::cerr}));
}

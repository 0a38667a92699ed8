// latchkey: the command line.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cli/run.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // `latchkey watch | head` ends with a message, not with a crash
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // what gRPC has to say is in the status of a call
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(latchkey::cli::Run(arguments, {std::cin, std::cout, std::cerr}));
}

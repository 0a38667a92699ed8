// completion: what a shell sources to complete our words.
#include "cli/completion.h"

#include <memory>

#include "cli/choice.h"
#include "cli/verbs.h"

namespace latchkey::cli {

void AddCompletionVerb(CLI::App& app, ChosenVerb& chosen) {
  static const Choices<Shell> kShells = {
      {"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}};
  auto& verb =
      *app.add_subcommand("completion", "Print completion for a shell: source <(latchkey completion bash)");
  auto shell = std::make_shared<Shell>(Shell::kBash);
  AddChoice(verb, "SHELL", kShells, *shell, "Of which shell")->required();
  chosen.On(verb, [shell, &app](Session& session) {
    session.out() << CompletionScript(app, *shell);
    return ExitCode::kOk;
  });
}

}  // namespace latchkey::cli

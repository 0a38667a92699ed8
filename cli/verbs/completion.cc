// completion: what a shell sources to complete our words.
#include "cli/completion.h"

#include <map>
#include <memory>

#include "cli/verbs.h"

namespace latchkey::cli {

void AddCompletionVerb(CLI::App& app, ChosenVerb& chosen) {
  static const std::map<std::string, Shell> kShells = {
      {"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}};
  auto& verb =
      *app.add_subcommand("completion", "Print completion for a shell: source <(latchkey completion bash)");
  auto shell = std::make_shared<Shell>(Shell::kBash);
  verb.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->transform(CLI::CheckedTransformer(kShells))
      ->option_text("bash|zsh|fish");
  chosen.On(verb, [shell, &app](Session& session) {
    session.out() << CompletionScript(app, *shell);
    return ExitCode::kOk;
  });
}

}  // namespace latchkey::cli

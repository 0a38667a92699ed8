// Verbs that look into a store by themselves, without asking latchkeyd.
#pragma once

#include "cli/verbs.h"

namespace latchkey::cli {

void AddStoreVerbs(CLI::App& app, ChosenVerb& chosen);  // store dump

}  // namespace latchkey::cli

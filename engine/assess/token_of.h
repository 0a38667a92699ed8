// What goes into the token of an attempt that was admitted: all that its report needs.
#pragma once

#include "engine/assess/charges.h"
#include "engine/assess/decision.h"
#include "engine/attempt/tokens.h"

namespace latchkey {

// What a decision was made of.
struct TokenInputs {
  const AttemptKeys& keys;
  const Facts& facts;
  const Proofs& proofs;
  const Plan& plan;
  // Of the store; `result` is null when counts decided nothing.
  const ChargeRequest* request = nullptr;
  const ChargeResult* result = nullptr;
};

// Fills a token that may have been used before, but for its `new_device` and what a shadow has charged.
void FillToken(const TokenInputs& inputs, const Decision& decision, AttemptToken& token);

}  // namespace latchkey

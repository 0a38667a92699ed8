// What a seal held, decodes to a token or to nothing; and a token is written as it was read.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/attempt/tokens.h"
#include "engine/base/check.h"

namespace {

// Shows what is inside a seal: the fuzzer is after the decoders, not the cipher.
class OpenSealer final : public latchkey::Sealer {
 public:
  std::string Seal(latchkey::SealPurpose /*purpose*/, std::string_view plain) const override {
    return std::string(plain);
  }
  std::optional<std::string> Open(latchkey::SealPurpose /*purpose*/, std::string_view sealed) const override {
    return std::string(sealed);
  }
};

template <typename Token>
void ReadsBackAsWritten(std::string_view input,
                        std::optional<Token> (*open)(const latchkey::Sealer&, std::string_view)) {
  const OpenSealer sealer;
  const std::optional<Token> token = open(sealer, input);
  LATCHKEY_CHECK(!token || open(sealer, latchkey::SealToken(sealer, *token)) == token);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ReadsBackAsWritten(input, latchkey::OpenDeviceToken);
  ReadsBackAsWritten(input, latchkey::OpenAttemptToken);
  ReadsBackAsWritten(input, latchkey::OpenChallengeToken);
  ReadsBackAsWritten(input, latchkey::OpenFirstFactorToken);
  return 0;
}

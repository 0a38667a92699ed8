#include "cli/log_formats/login_check.h"

#include "absl/strings/str_cat.h"
#include "cli/printable.h"
#include "engine/attempt/source.h"

namespace latchkey::cli {
namespace {

constexpr size_t kAccountBytesMax = 256;

}  // namespace

std::string WhyNotALogin(const v1::LoginEvent& event) {
  if (event.account().empty()) return "the account is empty";
  if (event.account().size() > kAccountBytesMax) return "the account is longer than 256 bytes";
  if (!IsUtf8(event.account())) return "the account is not UTF-8";
  if (!Source::Parse(event.source()).ok()) {
    return absl::StrCat("'", Printable(event.source().substr(0, 64)), "' is not an address");
  }
  return "";
}

}  // namespace latchkey::cli

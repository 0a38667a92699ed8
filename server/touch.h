// Says when what nodes tell each other stops arriving, and when it arrives again.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "adapters/log/logging.h"

namespace latchkey {

// Thread-compatible.
class Touch {
 public:
  // Both words outlive it.
  Touch(ServiceLog& log, std::string_view regained, std::string_view lost)
      : log_(log), regained_(regained), lost_(lost) {}

  // How an exchange ended.
  void Note(const absl::Status& status) {
    if (status.ok() == kept_) return;
    kept_ = status.ok();
    // A store that is gone is said as such elsewhere.
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return;
    log_.Write(status.ok() ? LogLevel::kInfo : LogLevel::kWarn, status.ok() ? regained_ : lost_,
               {{"why", std::string(status.message())}});
  }

 private:
  ServiceLog& log_;
  const std::string_view regained_;
  const std::string_view lost_;
  bool kept_ = true;
};

}  // namespace latchkey

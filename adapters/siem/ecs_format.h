// Elastic Common Schema 8: authentication events for logins, alerts for incidents.
#pragma once

#include "adapters/siem/siem_event.h"

namespace latchkey {

class EcsFormat final : public SiemFormat {
 public:
  explicit EcsFormat(std::string environment) : environment_(std::move(environment)) {}
  [[nodiscard]] std::string Login(const LoginEvent& event) const override;
  [[nodiscard]] std::string Incident(const Notice& notice, bool show_names) const override;

 private:
  const std::string environment_;
};

}  // namespace latchkey

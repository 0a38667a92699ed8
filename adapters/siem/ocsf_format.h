// OCSF 1.3: Authentication (3002) for logins, Detection Finding (2004) for incidents.
#pragma once

#include "adapters/siem/siem_event.h"

namespace latchkey {

class OcsfFormat final : public SiemFormat {
 public:
  explicit OcsfFormat(std::string environment) : environment_(std::move(environment)) {}
  [[nodiscard]] std::string Login(const LoginEvent& event) const override;
  [[nodiscard]] std::string Incident(const Notice& notice, bool show_names) const override;

 private:
  const std::string environment_;
};

}  // namespace latchkey

#include "cli/demo/auth_service.h"

#include <chrono>
#include <utility>

#include "cli/demo/calls.h"
#include "engine/base/status_macros.h"

namespace latchkey::demo {

bool Login::provisional() const { return answer.reasons_size() > 0 && answer.reasons(0).provisional(); }

AuthService::AuthService(const std::shared_ptr<grpc::Channel>& latchkey, Locked locked)
    : latchkey_(v1::LoginGuardService::NewStub(latchkey)), locked_(std::move(locked)) {}

void AuthService::AddAccount(const std::string& account, const std::string& password) {
  passwords_[account] = password;
}

absl::StatusOr<Login> AuthService::LogIn(Browser& browser, const std::string& account,
                                         const std::string& password) {
  v1::AssessRequest attempt;
  attempt.set_account(account);
  attempt.set_source(browser.source);
  attempt.set_path(browser.path);
  attempt.set_device_token(browser.device_token);
  if (browser.path == "web") attempt.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);

  // Ask before the password is looked at.
  Login login;
  LATCHKEY_ASSIGN_OR_RETURN(login.answer, Assess(attempt));
  login.first_action = login.answer.action();
  if (login.answer.action() == v1::ACTION_CHALLENGE && browser.has_person) {
    // The page shows a CAPTCHA; the person solves it, and this service has verified that.
    auto& proof = *attempt.mutable_challenge_proof();
    proof.set_challenge_id(login.answer.challenge().challenge_id());
    proof.mutable_attestation()->set_kind(v1::CHALLENGE_KIND_CAPTCHA);
    LATCHKEY_ASSIGN_OR_RETURN(login.answer, Assess(attempt));
  }
  if (login.answer.action() == v1::ACTION_LOCKOUT) locked_(account);
  if (login.answer.action() != v1::ACTION_ALLOW) return login;

  // Only now look at the password, and tell how it was.
  const v1::Outcome outcome = Verify(account, password);
  LATCHKEY_ASSIGN_OR_RETURN(const auto report,
                            Report(login.answer.attempt_token(), outcome, browser.device_name));
  login.in = outcome == v1::OUTCOME_LOGIN_COMPLETE;
  if (!report.device_token().empty()) browser.device_token = report.device_token();
  return login;
}

int64_t AuthService::wrong_passwords_verified(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = wrong_.find(account);
  return found == wrong_.end() ? 0 : found->second;
}

absl::StatusOr<v1::AssessResponse> AuthService::Assess(const v1::AssessRequest& request) {
  return Call(*latchkey_, &v1::LoginGuardService::Stub::Assess, request);
}

absl::StatusOr<v1::ReportResponse> AuthService::Report(const std::string& attempt_token, v1::Outcome outcome,
                                                       const std::string& device_name) {
  v1::ReportRequest request;
  request.set_attempt_token(attempt_token);
  request.set_outcome(outcome);
  request.set_device_name(device_name);
  return Call(*latchkey_, &v1::LoginGuardService::Stub::Report, request);
}

v1::Outcome AuthService::Verify(const std::string& account, const std::string& password) {
  const auto found = passwords_.find(account);
  if (found != passwords_.end() && found->second == password) return v1::OUTCOME_LOGIN_COMPLETE;
  const std::lock_guard lock(mutex_);
  ++wrong_[account];
  return found == passwords_.end() ? v1::OUTCOME_UNKNOWN_ACCOUNT : v1::OUTCOME_WRONG;
}

}  // namespace latchkey::demo

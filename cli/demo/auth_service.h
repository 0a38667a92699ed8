// The auth service of the story: knows passwords, and asks Latchkey before it looks at one.
//
// This is what an auth service does with Latchkey, whole: Assess, check, Report. It doubles as an example.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "latchkey/v1/guard.grpc.pb.h"

namespace latchkey::demo {

// Where somebody sits, and what the browser there keeps.
struct Browser {
  std::string source;
  std::string path = "web";  // "api": a script, which can show no CAPTCHA
  std::string device_name;
  bool has_person = true;    // who solves a CAPTCHA when one is shown
  std::string device_token;  // a cookie, Secure and HttpOnly
};

// What became of one try to log in.
struct Login {
  bool in = false;                                   // the password was right and the login is complete
  v1::AssessResponse answer;                         // the last one
  v1::Action first_action = v1::ACTION_UNSPECIFIED;  // before a CAPTCHA was solved, if one was
  [[nodiscard]] bool provisional() const;            // refused only by charges that may still be given back
};

// Thread-safe once its accounts are added.
class AuthService {
 public:
  // `locked` is told about accounts that were answered LOCKOUT. Believing that of an account, and not of one
  // lane of it, is the mistake of the naive shop.
  using Locked = std::function<void(const std::string& account)>;
  AuthService(const std::shared_ptr<grpc::Channel>& latchkey, Locked locked);

  void AddAccount(const std::string& account, const std::string& password);

  // A status when Latchkey cannot be asked: a real service would then do what its own policy says.
  absl::StatusOr<Login> LogIn(Browser& browser, const std::string& account, const std::string& password);

  // How many wrong passwords of the account were really looked at.
  [[nodiscard]] int64_t wrong_passwords_verified(const std::string& account) const;

 private:
  absl::StatusOr<v1::AssessResponse> Assess(const v1::AssessRequest& request);
  absl::StatusOr<v1::ReportResponse> Report(const std::string& attempt_token, v1::Outcome outcome,
                                            const std::string& device_name);
  [[nodiscard]] v1::Outcome Verify(const std::string& account, const std::string& password);

  std::unique_ptr<v1::LoginGuardService::Stub> latchkey_;
  Locked locked_;
  std::map<std::string, std::string> passwords_;  // a real service keeps Argon2 hashes
  mutable std::mutex mutex_;
  std::map<std::string, int64_t> wrong_;  // by account
};

}  // namespace latchkey::demo

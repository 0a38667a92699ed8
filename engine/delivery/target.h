// Who is told, what, and in which form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery/notice.h"

namespace latchkey {

// kWebhook: JSON, signed as Standard Webhooks are. kSecurityEvent: a signed security event token (RFC 8417),
// pushed (RFC 8935).
enum class MessageFormat : uint8_t { kWebhook, kSecurityEvent };

// How a security event token names an account (RFC 9493).
enum class SubjectForm : uint8_t { kIssuerSubject, kOpaque, kEmail };

struct DeliveryTarget {
  std::string name;
  std::string url;
  MessageFormat format = MessageFormat::kWebhook;
  std::vector<NoticeKind> kinds;
  std::vector<std::string> tenants;  // empty: all
  bool show_names = false;           // false: accounts and sources by their pseudonyms alone
  // Of webhooks: each signs, so that a secret can be rotated.
  std::vector<std::string> secret_files;
  // Of security event tokens.
  std::string key_file;  // a private key in PEM
  std::string issuer;
  std::string audience;
  SubjectForm subject = SubjectForm::kIssuerSubject;
  // A file with what goes into the Authorization header; empty: none.
  std::string authorization_file;

  // A test is for everybody.
  [[nodiscard]] bool Wants(const Notice& notice) const {
    if (notice.kind == NoticeKind::kTest) return true;
    bool kind = false;
    for (const NoticeKind wanted : kinds) kind = kind || wanted == notice.kind;
    bool tenant = tenants.empty();
    for (const std::string& wanted : tenants) tenant = tenant || wanted == notice.tenant;
    return kind && tenant;
  }
};

}  // namespace latchkey

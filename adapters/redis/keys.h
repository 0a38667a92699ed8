// The names of the store's keys in Redis.
//
//   lk:{<environment>:a:<32 hex digits>}   an account's shard
//   lk:{<environment>:n:<32 hex digits>}   a network's shard
//
// The braces are Redis Cluster's hash tag: whatever is kept beside a shard later can be kept on its node.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/store/record_key.h"

namespace latchkey {

// The name of one key, in place. A value type.
class KeyName {
 public:
  operator std::string_view() const {  // NOLINT(google-explicit-constructor): it is a text
    return {text_.data(), size_};
  }

 private:
  friend class KeyNames;
  // "lk:{", the name of an environment, ":a:", two halves of a key, "}".
  static constexpr size_t kSizeMax = 4 + 64 + 3 + 2 * 16 + 1;

  void Put(std::string_view text);

  std::array<char, kSizeMax> text_;
  size_t size_ = 0;
};

// Immutable; thread-safe.
class KeyNames {
 public:
  // INVALID_ARGUMENT unless `environment` is 1 to 64 letters, digits, '-', '_' or '.'.
  [[nodiscard]] static absl::StatusOr<KeyNames> For(std::string_view environment);

  [[nodiscard]] KeyName Account(const Key& key) const { return Name(account_, key); }
  [[nodiscard]] KeyName Network(const Key& key) const { return Name(network_, key); }
  [[nodiscard]] KeyName Of(const RecordKey& record) const {
    return record.kind == RecordKey::Kind::kAccount ? Account(record.key) : Network(record.key);
  }

 private:
  explicit KeyNames(const std::string& environment)
      : account_("lk:{" + environment + ":a:"), network_("lk:{" + environment + ":n:") {}
  static KeyName Name(std::string_view beginning, const Key& key);

  std::string account_;
  std::string network_;
};

}  // namespace latchkey

// Redis' protocol (RESP2), by way of hiredis, of which nothing is visible outside resp.cc.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisReader;

namespace latchkey {

// What Redis answered to one command. A plain value.
struct Reply {
  enum class Kind : uint8_t { kNil, kInteger, kString, kSimple, kError, kArray };

  Kind kind = Kind::kNil;
  int64_t integer = 0;          // kInteger.
  std::string text;             // kString (any bytes), kSimple ("OK"), kError ("WRONGTYPE …").
  std::vector<Reply> elements;  // kArray.

  [[nodiscard]] bool IsError() const { return kind == Kind::kError; }
  // True for an error whose first word is `code`, as in "NOSCRIPT".
  [[nodiscard]] bool IsError(std::string_view code) const;
};

// The status an error reply means to a caller: UNAVAILABLE where time or a failover may heal it (LOADING,
// READONLY, MASTERDOWN, BUSY, TRYAGAIN, CLUSTERDOWN), RESOURCE_EXHAUSTED for OOM, PERMISSION_DENIED for
// NOAUTH, WRONGPASS and NOPERM, else INTERNAL. Requires: reply.IsError().
[[nodiscard]] absl::Status ErrorReplyStatus(const Reply& reply);

// Words of a command that somebody else keeps meanwhile; they may hold any bytes.
class Words {
 public:
  Words() = default;
  Words(std::initializer_list<std::string_view> words)  // NOLINT(google-explicit-constructor): it is a list
      : words_(words.begin(), words.end()) {}
  Words(const std::vector<std::string>& words)  // NOLINT(google-explicit-constructor): so is this
      : words_(words.begin(), words.end()) {}

  [[nodiscard]] size_t size() const { return words_.size(); }
  [[nodiscard]] auto begin() const { return words_.begin(); }
  [[nodiscard]] auto end() const { return words_.end(); }

 private:
  absl::InlinedVector<std::string_view, 8> words_;
};

// Each word as it stands in a command.
[[nodiscard]] std::string FormatWords(const Words& words);

// The bytes of one command. Copies share them.
class CommandText {
 public:
  CommandText(std::initializer_list<std::string_view> words)  // NOLINT(google-explicit-constructor)
      : CommandText(words.size(), "", words, {}, {}) {}
  CommandText(const std::vector<std::string>& words)  // NOLINT(google-explicit-constructor)
      : CommandText(words.size(), "", words, {}, {}) {}
  // Of so many words, of which the first ones have been formatted before and the others are three lists.
  CommandText(size_t words, std::string_view first, const Words& second, const Words& third,
              const Words& fourth);
  // Of so many words, of which the first and the last ones have been formatted before.
  CommandText(size_t words, std::string_view first, std::string_view last);

  // One right behind the other.
  [[nodiscard]] static CommandText Both(const CommandText& one, const CommandText& other);

  [[nodiscard]] std::string_view bytes() const { return {bytes_.get(), size_}; }

 private:
  // `write` writes no more than `room` bytes with a Pen.
  template <typename Write>
  CommandText(size_t room, Write write);

  std::shared_ptr<const char[]> bytes_;
  size_t size_ = 0;
};

// Cuts a stream of bytes into replies. Thread-compatible.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Feed(std::string_view bytes);
  // The next whole reply, or nothing until more is fed. After an error the reader is of no more use.
  [[nodiscard]] absl::StatusOr<std::optional<Reply>> Next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
  bool broken_ = false;
};

}  // namespace latchkey

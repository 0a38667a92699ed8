// Redis' protocol (RESP2), by way of hiredis, of which nothing is visible outside resp.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// The bytes of one command. Arguments may hold any bytes.
[[nodiscard]] std::string FormatCommand(const std::vector<std::string>& args);

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

#include "adapters/redis/resp.h"

#include <hiredis/hiredis.h>

#include <array>
#include <charconv>
#include <new>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

Reply Convert(const redisReply& raw) {
  Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kInteger;
      reply.integer = raw.integer;
      break;
    case REDIS_REPLY_STRING:
      reply.kind = Reply::Kind::kString;
      reply.text.assign(raw.str, static_cast<size_t>(raw.len));
      break;
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kSimple;
      reply.text.assign(raw.str, static_cast<size_t>(raw.len));
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::kError;
      reply.text.assign(raw.str, static_cast<size_t>(raw.len));
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kArray;
      reply.elements.reserve(raw.elements);
      for (size_t i = 0; i < raw.elements; ++i) reply.elements.push_back(Convert(*raw.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace

bool Reply::IsError(std::string_view code) const {
  return IsError() && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

absl::Status ErrorReplyStatus(const Reply& reply) {
  const std::string message = absl::StrCat("Redis: ", reply.text);
  for (std::string_view code : std::array<std::string_view, 7>{"LOADING", "READONLY", "MASTERDOWN", "BUSY",
                                                               "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS"}) {
    if (reply.IsError(code)) return absl::UnavailableError(message);
  }
  for (std::string_view code : std::array<std::string_view, 3>{"NOAUTH", "WRONGPASS", "NOPERM"}) {
    if (reply.IsError(code)) return absl::PermissionDeniedError(message);
  }
  if (reply.IsError("OOM")) return absl::ResourceExhaustedError(message);
  return absl::InternalError(message);
}

std::string FormatCommand(const std::vector<std::string>& args) {
  // Written at once into one block of memory: each attempt is one of these.
  constexpr size_t kHead = 24;  // "$", the digits of a length, and two line ends
  size_t size = kHead;
  for (const std::string& arg : args) size += kHead + arg.size();
  std::string wire;
  wire.reserve(size);
  const auto head = [&wire](char kind, size_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    wire += kind;
    wire.append(digits.data(), static_cast<size_t>(end - digits.data())).append("\r\n");
  };
  head('*', args.size());
  for (const std::string& arg : args) {
    head('$', arg.size());
    wire.append(arg).append("\r\n");
  }
  return wire;
}

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (reader_ == nullptr) throw std::bad_alloc();
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::Feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) broken_ = true;
}

absl::StatusOr<std::optional<Reply>> ReplyReader::Next() {
  void* raw = nullptr;
  if (broken_ || redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
    broken_ = true;
    return absl::InternalError(
        absl::StrCat("Redis sent something that is not its protocol: ", reader_->errstr));
  }
  if (raw == nullptr) return std::optional<Reply>();
  const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(raw));
  return std::optional<Reply>(Convert(*reply));
}

}  // namespace latchkey

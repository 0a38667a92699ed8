#include "adapters/redis/resp.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// So much memory the reader keeps for what comes next; hiredis' own 16 KiB are fewer bytes than the replies
// to what strangers send together.
constexpr size_t kBufferKept = size_t{1} << 20U;
// Room that an array gets before its elements are there.
constexpr size_t kUsualElements = 16;

// hiredis makes each reply by these, in its place at once. None may throw through its C code: null means that
// memory is wanting.
template <typename Fill>
void* Made(const redisReadTask* task, Fill fill) {
  try {
    if (task->parent == nullptr) {
      auto outermost = std::make_unique<Reply>();
      fill(*outermost);
      return outermost.release();
    }
    // Elements come in order, and one is whole before the next begins.
    Reply& element = static_cast<Reply*>(task->parent->obj)->elements.emplace_back();
    fill(element);
    return &element;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* MakeText(const redisReadTask* task, char* text, size_t size) {
  return Made(task, [&](Reply& reply) {
    reply.kind = task->type == REDIS_REPLY_STATUS  ? Reply::Kind::kSimple
                 : task->type == REDIS_REPLY_ERROR ? Reply::Kind::kError
                                                   : Reply::Kind::kString;
    reply.text.assign(text, size);
  });
}

void* MakeInteger(const redisReadTask* task, long long value) {  // NOLINT(google-runtime-int): hiredis' type
  return Made(task, [&](Reply& reply) {
    reply.kind = Reply::Kind::kInteger;
    reply.integer = value;
  });
}

void* MakeNil(const redisReadTask* task) {
  return Made(task, [](Reply&) {});
}

constexpr std::string_view kLineEnd = "\r\n";
// "$" or "*", the digits of a number, and a line end.
constexpr size_t kHeadMax = 23;

// Writes into memory of which there is enough.
struct Pen {
  char* at;

  void Text(std::string_view text) {
    text.copy(at, text.size());
    at += text.size();
  }
  void Head(char kind, size_t number) {
    *at++ = kind;
    at = std::to_chars(at, at + kHeadMax, number).ptr;
    Text(kLineEnd);
  }
  void Put(const Words& words) {
    for (const std::string_view word : words) {
      Head('$', word.size());
      Text(word);
      Text(kLineEnd);
    }
  }
};

size_t RoomFor(const Words& words) {
  size_t room = 0;
  for (const std::string_view word : words) room += kHeadMax + word.size() + kLineEnd.size();
  return room;
}

redisReplyObjectFunctions MakingReplies() {
  redisReplyObjectFunctions functions{};
  functions.createString = MakeText;
  // Its count is an int or a size_t, as the version will have it.
  functions.createArray = [](const redisReadTask* task, auto count) {
    return Made(task, [&](Reply& reply) {
      reply.kind = Reply::Kind::kArray;
      reply.elements.reserve(std::min(static_cast<size_t>(count), kUsualElements));
    });
  };
  functions.createInteger = MakeInteger;
  functions.createNil = MakeNil;
  functions.freeObject = [](void* reply) { delete static_cast<Reply*>(reply); };
  return functions;
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

std::string FormatWords(const Words& words) {
  std::string bytes(RoomFor(words), '\0');
  Pen pen{bytes.data()};
  pen.Put(words);
  bytes.resize(static_cast<size_t>(pen.at - bytes.data()));
  return bytes;
}

template <typename Write>
CommandText::CommandText(size_t room, Write write) {
  auto bytes = std::make_shared_for_overwrite<char[]>(room);
  Pen pen{bytes.get()};
  write(pen);
  size_ = static_cast<size_t>(pen.at - bytes.get());
  bytes_ = std::move(bytes);
}

CommandText::CommandText(size_t words, std::string_view first, const Words& second, const Words& third,
                         const Words& fourth)
    : CommandText(kHeadMax + first.size() + RoomFor(second) + RoomFor(third) + RoomFor(fourth),
                  [&](Pen& pen) {
                    pen.Head('*', words);
                    pen.Text(first);
                    for (const Words* each : {&second, &third, &fourth}) pen.Put(*each);
                  }) {}

CommandText::CommandText(size_t words, std::string_view first, std::string_view last)
    : CommandText(kHeadMax + first.size() + last.size(), [&](Pen& pen) {
        pen.Head('*', words);
        pen.Text(first);
        pen.Text(last);
      }) {}

CommandText CommandText::Both(const CommandText& one, const CommandText& other) {
  return {one.size_ + other.size_, [&](Pen& pen) {
            pen.Text(one.bytes());
            pen.Text(other.bytes());
          }};
}

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() {
  static redisReplyObjectFunctions functions = MakingReplies();
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->maxbuf = kBufferKept;
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
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(raw));
  return std::optional<Reply>(std::move(*reply));
}

}  // namespace latchkey

#include "adapters/redis/redis_ledger.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/redis/await_reply.h"
#include "adapters/redis/scripts.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kEntriesMax = 500;
constexpr size_t kPage = 500;

std::string Stored(TimePoint time) { return absl::StrCat(time.time_since_epoch().count()); }

absl::Status NotALedger() { return absl::DataLossError("Redis holds a ledger that cannot be read"); }

bool ParseTime(const std::string& text, TimePoint& time) {
  int64_t ms = 0;
  if (!absl::SimpleAtoi(text, &ms)) return false;
  time = TimePoint(Duration(ms));
  return true;
}

// An entry of the stream: its id, then names and values by turns.
absl::StatusOr<LedgerEntry> EntryOf(const Reply& reply) {
  LedgerEntry entry;
  if (reply.elements.size() != 2) return NotALedger();
  const std::string& id = reply.elements[0].text;
  if (!absl::SimpleAtoi(id.substr(0, id.find('-')), &entry.place.position)) return NotALedger();
  const std::vector<Reply>& fields = reply.elements[1].elements;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& value = fields[i + 1].text;
    bool good = true;
    if (fields[i].text == "m") good = absl::SimpleHexAtoi(value, &entry.place.mark);
    if (fields[i].text == "i") entry.change.id = value;
    if (fields[i].text == "k") entry.change.keep = value == "1";
    if (fields[i].text == "e") good = ParseTime(value, entry.change.end);
    if (fields[i].text == "c") entry.change.claim = value;
    if (fields[i].text == "b") entry.change.bytes = value;
    if (!good) return NotALedger();
  }
  return entry;
}

// "<position> <mark> <end> <claim> <bytes>"
absl::StatusOr<LedgerEntry> DocumentOf(const std::string& id, const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 4));
  LedgerEntry entry;
  if (parts.size() != 5 || !absl::SimpleAtoi(parts[0], &entry.place.position) ||
      !absl::SimpleHexAtoi(parts[1], &entry.place.mark) || !ParseTime(parts[2], entry.change.end)) {
    return NotALedger();
  }
  entry.change.id = id;
  entry.change.claim = parts[3];
  entry.change.bytes = parts[4];
  return entry;
}

}  // namespace

RedisLedger::RedisLedger(RedisClient& client, const std::string& environment, LedgerLimits limits,
                         const Clock& clock, RandomSource& random)
    : client_(client), environment_(environment), limits_(limits), clock_(clock), random_(random) {}

std::string RedisLedger::KeyOf(Book book) const {
  return absl::StrCat("lk:{", environment_, ":l:", ToAbsl(BookName(book)), "}");
}

void RedisLedger::Put(Book book, LedgerChange change, Done done) {
  if (absl::Status wrong = CheckChange(change); !wrong.ok()) return done(std::move(wrong));
  const std::string key = KeyOf(book);
  const uint64_t mark = random_.Next();
  StoreScripts().book_put.Run(
      client_, {key, key + "d", key + "e", key + "c"},
      {absl::StrCat(kKeep.count()), Stored(clock_.Now()), absl::StrCat(limits_.documents_max),
       absl::StrCat(limits_.log_max + 1), absl::StrCat(change.above),
       absl::StrCat(absl::Hex(mark, absl::kZeroPad16)), change.id, absl::StrCat(change.expected),
       change.keep ? "1" : "0", Stored(change.end), change.claim, change.bytes},
      kPatience, [mark, done = std::move(done)](const absl::StatusOr<Reply>& reply) {
        if (!reply.ok()) return done(reply.status());
        if (reply->integer > 0) return done(LedgerPlace{static_cast<uint64_t>(reply->integer), mark});
        if (reply->integer < 0) return done(absl::ResourceExhaustedError("the book is full"));
        done(absl::AbortedError("the document is not as expected; read it and try again"));
      });
}

absl::StatusOr<RedisLedger::Look> RedisLedger::LookAt(Book book, uint64_t position, size_t count) {
  LATCHKEY_ASSIGN_OR_RETURN(const Reply reply, AwaitReply([&](RedisClient::Done done) {
                              StoreScripts().book_read.Run(client_, {KeyOf(book)},
                                                           {absl::StrCat(position), absl::StrCat(count)},
                                                           kPatience, std::move(done));
                            }));
  if (reply.elements.size() != 4) return NotALedger();
  Look look;
  if (!reply.elements[2].elements.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(const LedgerEntry latest, EntryOf(reply.elements[2].elements[0]));
    look.ends.latest = latest.place;
  }
  // One more is kept than can be read: the place to begin after. Until there are so many, that is the
  // beginning.
  if (reply.elements[0].integer > static_cast<int64_t>(limits_.log_max)) {
    LATCHKEY_ASSIGN_OR_RETURN(const LedgerEntry oldest, EntryOf(reply.elements[1].elements[0]));
    look.ends.oldest = oldest.place;
  }
  for (const Reply& one : reply.elements[3].elements) {
    LATCHKEY_ASSIGN_OR_RETURN(LedgerEntry entry, EntryOf(one));
    look.entries.push_back(std::move(entry));
  }
  return look;
}

absl::StatusOr<Ledger::Ends> RedisLedger::ReadEnds(Book book) {
  LATCHKEY_ASSIGN_OR_RETURN(const Look look, LookAt(book, 0, 1));
  return look.ends;
}

absl::StatusOr<std::vector<LedgerEntry>> RedisLedger::ReadAfter(Book book, LedgerPlace after,
                                                                size_t count_max) {
  // The place itself is read too: is it still the same?
  LATCHKEY_ASSIGN_OR_RETURN(Look look, LookAt(book, after.position, std::min(count_max, kEntriesMax) + 1));
  if (after.position > look.ends.latest.position)
    return absl::OutOfRangeError("cursor: of the future; this log was lost, or it is of another store");
  if (after.position < look.ends.oldest.position)
    return absl::OutOfRangeError("cursor: changes after it are no longer kept; read anew");
  const bool beginning = after.position == 0;
  const LedgerPlace known = beginning || look.entries.empty() ? LedgerPlace() : look.entries.front().place;
  if (known != after)
    return absl::OutOfRangeError("cursor: the log was lost since, or is another; read anew");
  if (!beginning) look.entries.erase(look.entries.begin());
  if (look.entries.size() > count_max) look.entries.resize(count_max);
  return std::move(look.entries);
}

absl::StatusOr<LedgerDocuments> RedisLedger::ReadDocuments(Book book, const std::string& next) {
  const std::string key = KeyOf(book);
  LATCHKEY_ASSIGN_OR_RETURN(
      const Reply reply, AwaitReply([&](RedisClient::Done done) {
        client_.Send(key, {"HSCAN", key + "d", next.empty() ? "0" : next, "COUNT", absl::StrCat(kPage)},
                     kPatience, std::move(done));
      }));
  if (reply.elements.size() != 2) return NotALedger();
  LedgerDocuments page;
  if (reply.elements[0].text != "0") page.next = reply.elements[0].text;
  const TimePoint now = clock_.Now();
  const std::vector<Reply>& pairs = reply.elements[1].elements;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    LATCHKEY_ASSIGN_OR_RETURN(LedgerEntry document, DocumentOf(pairs[i].text, pairs[i + 1].text));
    if (document.change.end > now) page.documents.push_back(std::move(document));
  }
  return page;
}

}  // namespace latchkey

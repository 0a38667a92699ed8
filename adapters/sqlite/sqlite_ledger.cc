#include "adapters/sqlite/sqlite_ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kLayout = 1;
constexpr char kSchema[] = R"sql(
CREATE TABLE about(environment BLOB NOT NULL);
CREATE TABLE books(
  book INTEGER PRIMARY KEY, documents INTEGER NOT NULL,
  oldest INTEGER NOT NULL, oldest_mark INTEGER NOT NULL, latest INTEGER NOT NULL, latest_mark INTEGER NOT NULL);
CREATE TABLE documents(
  book INTEGER NOT NULL, id BLOB NOT NULL, position INTEGER NOT NULL, mark INTEGER NOT NULL,
  bytes BLOB NOT NULL, claim BLOB NOT NULL, end_ms INTEGER NOT NULL, PRIMARY KEY(book, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX claims ON documents(book, claim) WHERE length(claim) > 0;
CREATE INDEX ends ON documents(book, end_ms);
CREATE TABLE log(
  book INTEGER NOT NULL, position INTEGER NOT NULL, mark INTEGER NOT NULL, id BLOB NOT NULL,
  bytes BLOB NOT NULL, claim BLOB NOT NULL, end_ms INTEGER NOT NULL, keep INTEGER NOT NULL,
  PRIMARY KEY(book, position)) WITHOUT ROWID;
INSERT INTO books VALUES (1,0,0,0,0,0), (2,0,0,0,0,0), (3,0,0,0,0,0), (4,0,0,0,0,0)
)sql";
constexpr size_t kBatchMax = 256;
constexpr size_t kPage = 500;

int64_t Stored(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint Time(int64_t stored) { return TimePoint(Duration(stored)); }
int64_t Stored(Book book) { return static_cast<int64_t>(book); }
int64_t Signed(uint64_t number) { return static_cast<int64_t>(number); }

// Columns from 0: id, position, mark, bytes, claim, end, keep.
LedgerEntry EntryOf(const SqlStatement& row) {
  LedgerEntry entry;
  entry.place = {static_cast<uint64_t>(row.Int(1)), static_cast<uint64_t>(row.Int(2))};
  entry.change.id = row.Bytes(0);
  entry.change.bytes = row.Bytes(3);
  entry.change.claim = row.Bytes(4);
  entry.change.end = Time(row.Int(5));
  entry.change.keep = row.Int(6) != 0;
  return entry;
}

absl::Status CheckEnvironment(SqlDatabase& database, const std::string& environment) {
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement ask, database.Prepare("SELECT environment FROM about"));
  LATCHKEY_ASSIGN_OR_RETURN(const bool row, ask.Step());
  if (row && ask.Bytes(0) == environment) return absl::OkStatus();
  if (row) {
    return absl::FailedPreconditionError(absl::StrCat("the ledger is of environment '", ask.Bytes(0),
                                                      "', this is '", environment,
                                                      "': environments do not mix"));
  }
  ask.Reset();
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement put, database.Prepare("INSERT INTO about VALUES (?)"));
  return put.Bind(environment).Run();
}

}  // namespace

// One thread's.
class SqliteLedger::Writer {
 public:
  static absl::StatusOr<std::unique_ptr<Writer>> Open(const std::string& path, const std::string& environment,
                                                      LedgerLimits limits, RandomSource& random) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> database, SqlDatabase::Open(path));
    LATCHKEY_RETURN_IF_ERROR(database->UseSchema(kLayout, kSchema));
    LATCHKEY_RETURN_IF_ERROR(CheckEnvironment(*database, environment));
    std::vector<SqlStatement> prepared;
    for (const char* sql : kStatements) {
      LATCHKEY_ASSIGN_OR_RETURN(SqlStatement statement, database->Prepare(sql));
      prepared.push_back(std::move(statement));
    }
    return std::unique_ptr<Writer>(new Writer(limits, random, std::move(database), std::move(prepared)));
  }

  // The answer of each change, in order; a status of its own answers for all.
  absl::StatusOr<std::vector<absl::StatusOr<LedgerPlace>>> Write(const std::vector<Waiting>& batch,
                                                                 TimePoint now) {
    std::vector<absl::StatusOr<LedgerPlace>> answers;
    const absl::Status written = database_->Transact([&]() -> absl::Status {
      for (const Waiting& waiting : batch) {
        LATCHKEY_RETURN_IF_ERROR(ForgetEnded(waiting.book, now));
        absl::StatusOr<LedgerPlace> place = One(waiting.book, waiting.change);
        if (!place.ok() && !absl::IsAborted(place.status()) && !absl::IsResourceExhausted(place.status()))
          return place.status();
        answers.push_back(std::move(place));
      }
      return absl::OkStatus();
    });
    if (!written.ok()) return written;
    return answers;
  }

 private:
  enum Statement {
    kFindDocument,
    kFindClaim,
    kFindBook,
    kDrop,
    kDropEnded,
    kKeep,
    kLog,
    kTrimTo,
    kTrim,
    kBook
  };
  static constexpr std::array<const char*, 10> kStatements = {
      "SELECT position FROM documents WHERE book = ? AND id = ?",
      "SELECT id FROM documents WHERE book = ? AND claim = ? AND length(claim) > 0",
      "SELECT documents, oldest, oldest_mark, latest, latest_mark FROM books WHERE book = ?",
      "DELETE FROM documents WHERE book = ? AND id = ?",
      "DELETE FROM documents WHERE book = ? AND end_ms <= ?",
      "INSERT INTO documents(book, id, position, mark, bytes, claim, end_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
      "INSERT INTO log(book, id, position, mark, bytes, claim, end_ms, keep) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      // The latest of those that go: by number of entries, as positions may have holes.
      "SELECT position, mark FROM log WHERE book = ? ORDER BY position DESC LIMIT 1 OFFSET ?",
      "DELETE FROM log WHERE book = ? AND position <= ?",
      "UPDATE books SET documents = ?, oldest = ?, oldest_mark = ?, latest = ?, latest_mark = ? WHERE book = "
      "?",
  };

  Writer(LedgerLimits limits, RandomSource& random, std::unique_ptr<SqlDatabase> database,
         std::vector<SqlStatement> prepared)
      : limits_(limits), random_(random), database_(std::move(database)), prepared_(std::move(prepared)) {}

  struct Shelf {
    int64_t documents = 0;
    LedgerPlace oldest;
    LedgerPlace latest;
  };

  SqlStatement& Ready(Statement which) {
    prepared_[which].Reset();
    return prepared_[which];
  }

  absl::StatusOr<Shelf> ReadShelf(Book book) {
    SqlStatement& row = Ready(kFindBook).Bind(Stored(book));
    LATCHKEY_RETURN_IF_ERROR(row.Step().status());
    const auto place = [&row](int column) {
      return LedgerPlace{static_cast<uint64_t>(row.Int(column)), static_cast<uint64_t>(row.Int(column + 1))};
    };
    const Shelf shelf{row.Int(0), place(1), place(3)};
    row.Reset();
    return shelf;
  }

  absl::Status WriteShelf(Book book, const Shelf& shelf) {
    return Ready(kBook)
        .Bind(shelf.documents)
        .Bind(Signed(shelf.oldest.position))
        .Bind(Signed(shelf.oldest.mark))
        .Bind(Signed(shelf.latest.position))
        .Bind(Signed(shelf.latest.mark))
        .Bind(Stored(book))
        .Run();
  }

  absl::Status ForgetEnded(Book book, TimePoint now) {
    LATCHKEY_RETURN_IF_ERROR(Ready(kDropEnded).Bind(Stored(book)).Bind(Stored(now)).Run());
    const int64_t gone = database_->changes();
    if (gone == 0) return absl::OkStatus();
    LATCHKEY_ASSIGN_OR_RETURN(Shelf shelf, ReadShelf(book));
    shelf.documents -= gone;
    return WriteShelf(book, shelf);
  }

  absl::StatusOr<uint64_t> VersionOf(Book book, const std::string& id) {
    SqlStatement& row = Ready(kFindDocument).Bind(Stored(book)).Bind(id);
    LATCHKEY_ASSIGN_OR_RETURN(const bool found, row.Step());
    const uint64_t version = found ? static_cast<uint64_t>(row.Int(0)) : 0;
    row.Reset();
    return version;
  }

  absl::StatusOr<bool> IsTaken(Book book, const LedgerChange& change) {
    if (change.claim.empty()) return false;
    SqlStatement& row = Ready(kFindClaim).Bind(Stored(book)).Bind(change.claim);
    LATCHKEY_ASSIGN_OR_RETURN(const bool found, row.Step());
    const bool taken = found && row.Bytes(0) != change.id;
    row.Reset();
    return taken;
  }

  absl::StatusOr<LedgerPlace> One(Book book, const LedgerChange& change) {
    LATCHKEY_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(book, change.id));
    LATCHKEY_ASSIGN_OR_RETURN(const bool taken, IsTaken(book, change));
    if (version != change.expected || taken)
      return absl::AbortedError("the document is not as expected; read it and try again");
    LATCHKEY_ASSIGN_OR_RETURN(Shelf shelf, ReadShelf(book));
    if (version == 0 && change.keep && shelf.documents >= static_cast<int64_t>(limits_.documents_max))
      return absl::ResourceExhaustedError("the book is full");

    const LedgerPlace place{std::max(shelf.latest.position, change.above) + 1, random_.Next()};
    LATCHKEY_RETURN_IF_ERROR(Ready(kDrop).Bind(Stored(book)).Bind(change.id).Run());
    if (change.keep) LATCHKEY_RETURN_IF_ERROR(Bound(kKeep, book, change, place).Run());
    LATCHKEY_RETURN_IF_ERROR(
        Bound(kLog, book, change, place).Bind(static_cast<int64_t>(change.keep ? 1 : 0)).Run());
    shelf.documents += (change.keep ? 1 : 0) - (version != 0 ? 1 : 0);
    shelf.latest = place;
    LATCHKEY_RETURN_IF_ERROR(Trim(book, shelf));
    LATCHKEY_RETURN_IF_ERROR(WriteShelf(book, shelf));
    return place;
  }

  SqlStatement& Bound(Statement which, Book book, const LedgerChange& change, LedgerPlace place) {
    return Ready(which)
        .Bind(Stored(book))
        .Bind(change.id)
        .Bind(Signed(place.position))
        .Bind(Signed(place.mark))
        .Bind(change.bytes)
        .Bind(change.claim)
        .Bind(Stored(change.end));
  }

  absl::Status Trim(Book book, Shelf& shelf) {
    // Not each time: finding the place walks over what is kept.
    const auto kept = static_cast<int64_t>(limits_.log_max);
    if (++untrimmed_[static_cast<size_t>(book)] < std::max<int64_t>(1, kept / 1000)) return absl::OkStatus();
    untrimmed_[static_cast<size_t>(book)] = 0;
    SqlStatement& row = Ready(kTrimTo).Bind(Stored(book)).Bind(kept);
    LATCHKEY_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (found) shelf.oldest = {static_cast<uint64_t>(row.Int(0)), static_cast<uint64_t>(row.Int(1))};
    row.Reset();
    if (!found) return absl::OkStatus();
    return Ready(kTrim).Bind(Stored(book)).Bind(Signed(shelf.oldest.position)).Run();
  }

  const LedgerLimits limits_;
  RandomSource& random_;
  std::unique_ptr<SqlDatabase> database_;
  std::vector<SqlStatement> prepared_;
  std::array<int64_t, 8> untrimmed_{};
};

// Under a lock.
class SqliteLedger::Reader {
 public:
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const std::string& path) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<SqlDatabase> database, SqlDatabase::Open(path));
    LATCHKEY_ASSIGN_OR_RETURN(
        SqlStatement ends,
        database->Prepare("SELECT oldest, oldest_mark, latest, latest_mark FROM books WHERE book = ?"));
    LATCHKEY_ASSIGN_OR_RETURN(
        SqlStatement log, database->Prepare("SELECT id, position, mark, bytes, claim, end_ms, keep FROM log "
                                            "WHERE book = ? AND position >= ? ORDER BY position LIMIT ?"));
    LATCHKEY_ASSIGN_OR_RETURN(
        SqlStatement documents,
        database->Prepare("SELECT id, position, mark, bytes, claim, end_ms, 1 FROM documents "
                          "WHERE book = ? AND id > ? AND end_ms > ? ORDER BY id LIMIT ?"));
    return std::unique_ptr<Reader>(
        new Reader(std::move(database), std::move(ends), std::move(log), std::move(documents)));
  }

  absl::StatusOr<Ends> ReadEnds(Book book) {
    ends_.Reset();
    ends_.Bind(Stored(book));
    LATCHKEY_RETURN_IF_ERROR(ends_.Step().status());
    const auto at = [this](int column) {
      return LedgerPlace{static_cast<uint64_t>(ends_.Int(column)),
                         static_cast<uint64_t>(ends_.Int(column + 1))};
    };
    const Ends ends{at(0), at(2)};
    ends_.Reset();
    return ends;
  }

  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after, size_t count_max) {
    LATCHKEY_ASSIGN_OR_RETURN(const Ends ends, ReadEnds(book));
    if (after.position > ends.latest.position)
      return absl::OutOfRangeError("cursor: of the future; this log was lost, or it is of another store");
    if (after.position < ends.oldest.position)
      return absl::OutOfRangeError("cursor: changes after it are no longer kept; read anew");
    // The place itself is read too: is it still the same? The oldest one is not in the log any more.
    const bool oldest = after.position == ends.oldest.position;
    LATCHKEY_ASSIGN_OR_RETURN(std::vector<LedgerEntry> entries,
                              All(log_, static_cast<int64_t>(book), Signed(after.position + (oldest ? 1 : 0)),
                                  Signed(count_max + (oldest ? 0 : 1))));
    const LedgerPlace known = oldest ? ends.oldest : entries.empty() ? LedgerPlace() : entries.front().place;
    if (known != after)
      return absl::OutOfRangeError("cursor: the log was lost since, or is another; read anew");
    if (!oldest) entries.erase(entries.begin());
    return entries;
  }

  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next, TimePoint now) {
    LedgerDocuments page;
    LATCHKEY_ASSIGN_OR_RETURN(page.documents, All(documents_, static_cast<int64_t>(book), next, Stored(now),
                                                  static_cast<int64_t>(kPage)));
    if (page.documents.size() == kPage) page.next = page.documents.back().change.id;
    return page;
  }

 private:
  Reader(std::unique_ptr<SqlDatabase> database, SqlStatement ends, SqlStatement log, SqlStatement documents)
      : database_(std::move(database)),
        ends_(std::move(ends)),
        log_(std::move(log)),
        documents_(std::move(documents)) {}

  template <typename... Values>
  absl::StatusOr<std::vector<LedgerEntry>> All(SqlStatement& statement, const Values&... values) {
    statement.Reset();
    (statement.Bind(values), ...);
    std::vector<LedgerEntry> entries;
    absl::StatusOr<bool> row = statement.Step();
    for (; row.ok() && *row; row = statement.Step()) entries.push_back(EntryOf(statement));
    statement.Reset();
    if (!row.ok()) return row.status();
    return entries;
  }

  std::unique_ptr<SqlDatabase> database_;
  SqlStatement ends_;
  SqlStatement log_;
  SqlStatement documents_;
};

absl::StatusOr<std::unique_ptr<SqliteLedger>> SqliteLedger::Open(const std::string& path,
                                                                 const std::string& environment,
                                                                 LedgerLimits limits, const Clock& clock,
                                                                 RandomSource& random) {
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer, Writer::Open(path, environment, limits, random));
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, Reader::Open(path));
  return std::unique_ptr<SqliteLedger>(new SqliteLedger(clock, std::move(writer), std::move(reader)));
}

SqliteLedger::SqliteLedger(const Clock& clock, std::unique_ptr<Writer> writer, std::unique_ptr<Reader> reader)
    : clock_(clock), writer_(std::move(writer)), reader_(std::move(reader)), thread_([this] { Run(); }) {}

SqliteLedger::~SqliteLedger() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteLedger::Put(Book book, LedgerChange change, Done done) {
  if (absl::Status wrong = CheckChange(change); !wrong.ok()) return done(std::move(wrong));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kWaitingMax) {
      waiting_.push_back({book, std::move(change), std::move(done)});
      done = nullptr;
    }
  }
  if (done != nullptr) return done(absl::ResourceExhaustedError("too many changes wait for the disk"));
  wake_.notify_one();
}

void SqliteLedger::Run() {
  while (true) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      while (!waiting_.empty() && batch.size() < kBatchMax) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    auto answers = writer_->Write(batch, clock_.Now());
    for (size_t i = 0; i < batch.size(); ++i) {
      batch[i].done(answers.ok() ? std::move((*answers)[i]) : absl::StatusOr<LedgerPlace>(answers.status()));
    }
  }
}

absl::StatusOr<std::vector<LedgerEntry>> SqliteLedger::ReadAfter(Book book, LedgerPlace after,
                                                                 size_t count_max) {
  const std::lock_guard lock(reading_);
  return reader_->ReadAfter(book, after, count_max);
}

absl::StatusOr<Ledger::Ends> SqliteLedger::ReadEnds(Book book) {
  const std::lock_guard lock(reading_);
  return reader_->ReadEnds(book);
}

absl::StatusOr<LedgerDocuments> SqliteLedger::ReadDocuments(Book book, const std::string& next) {
  const std::lock_guard lock(reading_);
  return reader_->ReadDocuments(book, next, clock_.Now());
}

}  // namespace latchkey

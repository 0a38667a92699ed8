#include "adapters/sqlite/outbox_file.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kLayout = 1;
constexpr char kSchema[] = R"(
CREATE TABLE messages (
  position INTEGER PRIMARY KEY,
  target BLOB NOT NULL, order_key BLOB NOT NULL, notice_id BLOB NOT NULL, kind INTEGER NOT NULL,
  payload BLOB NOT NULL, book INTEGER NOT NULL, sequence INTEGER NOT NULL,
  made_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
  dead INTEGER NOT NULL, died_ms INTEGER NOT NULL, why BLOB NOT NULL, replays INTEGER NOT NULL);
CREATE TABLE known (id BLOB PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX known_until ON known (until_ms);
CREATE TABLE stopped (target BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE last (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL);
INSERT INTO last VALUES (1, 0)
)";

int64_t Millis(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint FromMillis(int64_t millis) { return TimePoint(Duration(millis)); }

}  // namespace

struct OutboxFile::Statements {
  SqlStatement put, remove, know, forget, stop, resume, advance;
};

absl::StatusOr<std::unique_ptr<OutboxFile>> OutboxFile::Open(const std::string& path) {
  std::unique_ptr<OutboxFile> file(new OutboxFile());
  LATCHKEY_ASSIGN_OR_RETURN(file->database_, SqlDatabase::Open(path));
  LATCHKEY_RETURN_IF_ERROR(file->database_->UseSchema(kLayout, kSchema));
  LATCHKEY_RETURN_IF_ERROR(file->Prepare());
  return file;
}

absl::Status OutboxFile::Prepare() {
  SqlDatabase& database = *database_;
  LATCHKEY_ASSIGN_OR_RETURN(
      SqlStatement put,
      database.Prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement remove, database.Prepare("DELETE FROM messages WHERE position = ?"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement know,
                            database.Prepare("INSERT OR REPLACE INTO known VALUES (?, ?)"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement forget, database.Prepare("DELETE FROM known WHERE until_ms <= ?"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement stop, database.Prepare("INSERT OR REPLACE INTO stopped VALUES (?)"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement resume, database.Prepare("DELETE FROM stopped WHERE target = ?"));
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement advance,
                            database.Prepare("UPDATE last SET position = max(position, ?)"));
  statements_ = std::make_shared<Statements>(Statements{std::move(put), std::move(remove), std::move(know),
                                                        std::move(forget), std::move(stop), std::move(resume),
                                                        std::move(advance)});
  return absl::OkStatus();
}

absl::StatusOr<OutboxContents> OutboxFile::Load() {
  OutboxContents contents;
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement last, database_->Prepare("SELECT position FROM last"));
  LATCHKEY_ASSIGN_OR_RETURN(const bool there, last.Step());
  if (!there) return absl::DataLossError("the outbox has lost its last position");
  contents.last_position = static_cast<uint64_t>(last.Int(0));

  LATCHKEY_ASSIGN_OR_RETURN(
      SqlStatement rows,
      database_->Prepare(
          "SELECT position, target, order_key, notice_id, kind, payload, book, sequence, made_ms, "
          "attempts, dead, died_ms, why, replays FROM messages ORDER BY position"));
  while (true) {
    LATCHKEY_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    contents.entries.push_back({.position = static_cast<uint64_t>(rows.Int(0)),
                                .target = rows.Bytes(1),
                                .order_key = rows.Bytes(2),
                                .notice_id = rows.Bytes(3),
                                .kind = static_cast<NoticeKind>(rows.Int(4)),
                                .payload = rows.Bytes(5),
                                .book = static_cast<uint8_t>(rows.Int(6)),
                                .sequence = static_cast<uint64_t>(rows.Int(7)),
                                .made = FromMillis(rows.Int(8)),
                                .attempts = rows.Int(9),
                                .dead = rows.Int(10) != 0,
                                .died = FromMillis(rows.Int(11)),
                                .why = rows.Bytes(12),
                                .replays = rows.Int(13)});
  }
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement known,
                            database_->Prepare("SELECT id, until_ms FROM known ORDER BY until_ms"));
  while (true) {
    LATCHKEY_ASSIGN_OR_RETURN(const bool row, known.Step());
    if (!row) break;
    contents.known.push_back({known.Bytes(0), FromMillis(known.Int(1))});
  }
  LATCHKEY_ASSIGN_OR_RETURN(SqlStatement stopped, database_->Prepare("SELECT target FROM stopped"));
  while (true) {
    LATCHKEY_ASSIGN_OR_RETURN(const bool row, stopped.Step());
    if (!row) break;
    contents.stopped.push_back(stopped.Bytes(0));
  }
  return contents;
}

absl::Status OutboxFile::Put(const OutboxEntry& entry) {
  LATCHKEY_RETURN_IF_ERROR(statements_->put.Bind(static_cast<int64_t>(entry.position))
                               .Bind(entry.target)
                               .Bind(entry.order_key)
                               .Bind(entry.notice_id)
                               .Bind(static_cast<int64_t>(entry.kind))
                               .Bind(entry.payload)
                               .Bind(int64_t{entry.book})
                               .Bind(static_cast<int64_t>(entry.sequence))
                               .Bind(Millis(entry.made))
                               .Bind(entry.attempts)
                               .Bind(int64_t{entry.dead})
                               .Bind(Millis(entry.died))
                               .Bind(entry.why)
                               .Bind(entry.replays)
                               .Run());
  return statements_->advance.Bind(static_cast<int64_t>(entry.position)).Run();
}

absl::Status OutboxFile::Save(const OutboxChanges& changes) {
  return database_->Transact([&]() -> absl::Status {
    for (const OutboxEntry& entry : changes.put) LATCHKEY_RETURN_IF_ERROR(Put(entry));
    for (const uint64_t position : changes.removed)
      LATCHKEY_RETURN_IF_ERROR(statements_->remove.Bind(static_cast<int64_t>(position)).Run());
    for (const KnownNotice& known : changes.known)
      LATCHKEY_RETURN_IF_ERROR(statements_->know.Bind(known.id).Bind(Millis(known.until)).Run());
    if (!changes.known.empty())
      LATCHKEY_RETURN_IF_ERROR(statements_->forget.Bind(Millis(changes.forget_before)).Run());
    for (const std::string& target : changes.stopped)
      LATCHKEY_RETURN_IF_ERROR(statements_->stop.Bind(target).Run());
    for (const std::string& target : changes.resumed)
      LATCHKEY_RETURN_IF_ERROR(statements_->resume.Bind(target).Run());
    return absl::OkStatus();
  });
}

}  // namespace latchkey

#include "adapters/sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kBusyMs = 5000;

absl::Status StatusFor(int code, const std::string& what) {
  switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
      return absl::OkStatus();
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(what);
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(what);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return absl::InvalidArgumentError(what);
    default:
      return absl::UnavailableError(what);
  }
}

absl::Status StatusOf(sqlite3* handle, int code) { return StatusFor(code, sqlite3_errmsg(handle)); }

// The file is there, and for this user alone, before SQLite writes into it.
absl::Status MakeFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnavailableError(absl::StrCat(path, ": cannot be opened for writing"));
  close(file);
  return absl::OkStatus();
}

}  // namespace

SqlStatement::SqlStatement(SqlStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_), error_(other.error_) {}

SqlStatement& SqlStatement::operator=(SqlStatement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(bound_, other.bound_);
  std::swap(error_, other.error_);
  return *this;
}

SqlStatement::~SqlStatement() { sqlite3_finalize(statement_); }

SqlStatement& SqlStatement::Bind(int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, ++bound_, value); code != SQLITE_OK) error_ = code;
  return *this;
}

SqlStatement& SqlStatement::Bind(std::string_view bytes) {
  // A null pointer would bind NULL, which an empty value is not.
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code =
      sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_TRANSIENT);  // NOLINT: their macro
  if (code != SQLITE_OK) error_ = code;
  return *this;
}

absl::StatusOr<bool> SqlStatement::Step() {
  const int code = error_ != 0 ? error_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_ != 0 ? StatusFor(error_, sqlite3_errstr(error_))
                     : StatusOf(sqlite3_db_handle(statement_), code);
}

absl::Status SqlStatement::Run() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void SqlStatement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
  error_ = 0;
}

int64_t SqlStatement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqlStatement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string()
                         : std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

absl::StatusOr<std::unique_ptr<SqlDatabase>> SqlDatabase::Open(const std::string& path) {
  LATCHKEY_RETURN_IF_ERROR(MakeFile(path));
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqlDatabase> database(new SqlDatabase(handle, path));
  if (code != SQLITE_OK)
    return absl::Status(StatusFor(code, "").code(), absl::StrCat(path, ": ", sqlite3_errstr(code)));
  sqlite3_busy_timeout(handle, kBusyMs);
  // With the write-ahead log a commit is one sequential write and its flush.
  LATCHKEY_RETURN_IF_ERROR(database->Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
  return database;
}

SqlDatabase::~SqlDatabase() { sqlite3_close_v2(handle_); }

absl::Status SqlDatabase::Run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return absl::OkStatus();
  return absl::Status(StatusFor(code, "").code(), absl::StrCat(path_, ": ", sqlite3_errmsg(handle_)));
}

absl::StatusOr<SqlStatement> SqlDatabase::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  if (code != SQLITE_OK)
    return absl::Status(StatusFor(code, "").code(), absl::StrCat(path_, ": ", sqlite3_errmsg(handle_)));
  return SqlStatement(statement);
}

absl::Status SqlDatabase::Transact(const std::function<absl::Status()>& change) {
  LATCHKEY_RETURN_IF_ERROR(Run("BEGIN IMMEDIATE"));
  absl::Status status = change();
  if (status.ok()) status = Run("COMMIT");
  if (!status.ok()) (void)Run("ROLLBACK");  // A failed commit may have rolled back already.
  return status;
}

int64_t SqlDatabase::changes() const { return sqlite3_changes64(handle_); }

absl::Status SqlDatabase::UseSchema(int version, const std::string& schema) {
  int64_t present = 0;
  {
    LATCHKEY_ASSIGN_OR_RETURN(SqlStatement ask, Prepare("PRAGMA user_version"));
    LATCHKEY_ASSIGN_OR_RETURN(const bool row, ask.Step());
    if (row) present = ask.Int(0);
  }
  if (present == version) return absl::OkStatus();
  if (present != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": is of layout ", present, ", this release knows ", version));
  }
  return Transact([&] { return Run(absl::StrCat(schema, "; PRAGMA user_version = ", version)); });
}

}  // namespace latchkey

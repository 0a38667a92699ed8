// One SQLite file: opened, asked, changed in transactions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace latchkey {

// A prepared statement. Values are bound from left to right, then rows are read one by one; Reset makes it
// ready for the next run. What goes wrong while binding is told by Step. Thread-compatible.
class SqlStatement {
 public:
  SqlStatement(SqlStatement&& other) noexcept;
  SqlStatement& operator=(SqlStatement&& other) noexcept;
  ~SqlStatement();

  SqlStatement& Bind(int64_t value);
  SqlStatement& Bind(std::string_view bytes);  // as a blob: any bytes
  // True: there is a row. False: there are no more.
  absl::StatusOr<bool> Step();
  // Runs a statement that answers no rows, and resets it.
  absl::Status Run();
  void Reset();

  // Columns of the row, from 0. Of another type: zero, empty.
  [[nodiscard]] int64_t Int(int column) const;
  [[nodiscard]] std::string Bytes(int column) const;

 private:
  friend class SqlDatabase;
  explicit SqlStatement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  int error_ = 0;
};

// Thread-compatible: one thread, or a lock of the caller's, for it and its statements, which it outlives. A
// file that is no database, or is damaged, is kDataLoss; a full or failing disk is kUnavailable.
class SqlDatabase {
 public:
  // Makes the file, readable by this user alone, where there is none. What has been committed survives the
  // end of the process and of the machine.
  static absl::StatusOr<std::unique_ptr<SqlDatabase>> Open(const std::string& path);
  ~SqlDatabase();
  SqlDatabase(const SqlDatabase&) = delete;
  SqlDatabase& operator=(const SqlDatabase&) = delete;

  // Runs the statements of `sql`, which answer nothing.
  absl::Status Run(const std::string& sql);
  absl::StatusOr<SqlStatement> Prepare(std::string_view sql);
  // All that `change` does, or nothing of it when it answers an error.
  absl::Status Transact(const std::function<absl::Status()>& change);
  // Rows that the latest statement changed.
  [[nodiscard]] int64_t changes() const;

  // A new file gets `schema`, once; a file that another layout has made is kFailedPrecondition.
  absl::Status UseSchema(int version, const std::string& schema);

 private:
  SqlDatabase(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  sqlite3* handle_;
  std::string path_;
};

}  // namespace latchkey

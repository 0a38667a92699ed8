#include "adapters/memory/revocation_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr std::string_view kMagic = "LKREVOKE";
constexpr uint32_t kVersion = 1;

// A payload is an array of integers: the kind, what is revoked, until when.
constexpr int64_t kAllOfAccount = 1;  // [1, high, low, epoch, keep_until]
constexpr int64_t kOneDevice = 2;     // [2, device, keep_until]

int64_t Millis(TimePoint at) { return at.time_since_epoch().count(); }

std::string Encode(const Key& account, int64_t epoch, TimePoint keep_until) {
  MsgpackWriter out;
  out.Array(5);
  out.Int(kAllOfAccount);
  out.Int(static_cast<int64_t>(account.high));
  out.Int(static_cast<int64_t>(account.low));
  out.Int(epoch);
  out.Int(Millis(keep_until));
  return out.Take();
}

std::string Encode(uint64_t device, TimePoint keep_until) {
  MsgpackWriter out;
  out.Array(3);
  out.Int(kOneDevice);
  out.Int(static_cast<int64_t>(device));
  out.Int(Millis(keep_until));
  return out.Take();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RevocationLog>> RevocationLog::Open(const std::string& path,
                                                                   const std::string& environment,
                                                                   TimePoint now) {
  ReadReport read;
  std::vector<std::string> payloads;
  absl::StatusOr<FramedFile> file = FramedFile::Open(
      path, {.magic = kMagic, .version = kVersion, .environment = environment},
      [&](std::string_view payload) { payloads.emplace_back(payload); }, read);
  if (!file.ok()) return file.status();
  std::unique_ptr<RevocationLog> log(new RevocationLog(*std::move(file)));
  log->read_ = read;
  for (const std::string& payload : payloads) {
    if (!log->Remember(payload)) ++log->read_.damaged;
  }
  if (log->read_.damaged > 0) {
    return absl::DataLossError(absl::StrCat(path, ": ", log->read_.damaged,
                                            " revocations are damaged, so tokens that were revoked could be "
                                            "taken for valid; restore the file from "
                                            "another node or remove it and revoke anew"));
  }
  LATCHKEY_RETURN_IF_ERROR(log->Compact(now));
  return log;
}

bool RevocationLog::Remember(std::string_view payload) {
  MsgpackReader in(payload);
  const size_t fields = in.Array();
  const int64_t kind = in.Int();
  const MutexLock lock(mutex_);
  if (kind == kAllOfAccount && fields == 5) {
    Key account;
    account.high = static_cast<uint64_t>(in.Int());
    account.low = static_cast<uint64_t>(in.Int());
    const int64_t epoch = in.Int();
    const TimePoint keep_until{Duration(in.Int())};
    if (!in.ok() || !in.AtEnd()) return false;
    Epoch& known = epochs_[account];
    known.least = std::max(known.least, epoch);
    known.keep_until = std::max(known.keep_until, keep_until);
    return true;
  }
  if (kind == kOneDevice && fields == 3) {
    const auto device = static_cast<uint64_t>(in.Int());
    const TimePoint keep_until{Duration(in.Int())};
    if (!in.ok() || !in.AtEnd()) return false;
    TimePoint& known = devices_[device];
    known = std::max(known, keep_until);
    return true;
  }
  return false;
}

absl::Status RevocationLog::Compact(TimePoint now) {
  std::string frames;
  {
    const MutexLock lock(mutex_);
    absl::erase_if(epochs_, [now](const auto& e) { return e.second.keep_until <= now; });
    absl::erase_if(devices_, [now](const auto& d) { return d.second <= now; });
    if (epochs_.size() + devices_.size() == read_.frames) return absl::OkStatus();
    for (const auto& [account, epoch] : epochs_)
      FramedFile::Frame(Encode(account, epoch.least, epoch.keep_until), frames);
    for (const auto& [device, keep_until] : devices_) FramedFile::Frame(Encode(device, keep_until), frames);
  }
  const MutexLock lock(file_mutex_);
  LATCHKEY_ASSIGN_OR_RETURN(FramedFile successor, file_.StartSuccessor());
  LATCHKEY_RETURN_IF_ERROR(successor.Append(frames));
  return file_.Replace(std::move(successor));
}

absl::Status RevocationLog::Keep(const std::string& payload) {
  Remember(payload);
  std::string frame;
  FramedFile::Frame(payload, frame);
  const MutexLock lock(file_mutex_);
  LATCHKEY_RETURN_IF_ERROR(file_.Append(frame));
  return file_.Sync();
}

int64_t RevocationLog::EpochOf(const Key& account) const {
  const MutexLock lock(mutex_);
  auto it = epochs_.find(account);
  return it == epochs_.end() ? 0 : it->second.least;
}

bool RevocationLog::IsRevoked(uint64_t device) const {
  const MutexLock lock(mutex_);
  return devices_.contains(device);
}

absl::Status RevocationLog::RevokeAll(const Key& account, int64_t epoch, TimePoint keep_until) {
  return Keep(Encode(account, epoch, keep_until));
}

absl::Status RevocationLog::RevokeDevice(uint64_t device, TimePoint keep_until) {
  return Keep(Encode(device, keep_until));
}

std::vector<Revocation> RevocationLog::Live(TimePoint now) const {
  std::vector<Revocation> live;
  const MutexLock lock(mutex_);
  for (const auto& [account, epoch] : epochs_) {
    if (epoch.keep_until > now)
      live.push_back({.account = account, .epoch = epoch.least, .keep_until = epoch.keep_until});
  }
  for (const auto& [device, keep_until] : devices_) {
    if (keep_until > now) live.push_back({.account = {}, .device = device, .keep_until = keep_until});
  }
  return live;
}

size_t RevocationLog::size() const {
  const MutexLock lock(mutex_);
  return epochs_.size() + devices_.size();
}

}  // namespace latchkey

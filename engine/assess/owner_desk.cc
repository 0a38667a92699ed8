#include "engine/assess/owner_desk.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/attempt/token_skew.h"
#include "engine/attempt/tokens.h"
#include "engine/base/status_macros.h"
#include "engine/policy/check.h"
#include "engine/signal/shard.h"

namespace latchkey {
namespace {

constexpr uint64_t kShortMask = 0xFFFF'FFFF'FFFFULL;
// The longest that any policy lets a token live, by any clock: the next one may let it live longer than this.
constexpr Duration kRevocationLife = kWindowMax + 2 * kTokenSkewMax;

absl::Status CheckAccountName(const AccountName& name) {
  LATCHKEY_RETURN_IF_ERROR(CheckName("tenant", name.tenant));
  return CheckAccount(name.account);
}

absl::Status CheckDeviceName(const std::string& name) {
  if (name.size() <= kSlotNameMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("device_name: more than ", kSlotNameMax, " bytes"));
}

// A revocation that the store could not be told of.
absl::Status OnlyHere(const absl::Status& why) {
  return absl::Status(
      why.code(),
      absl::StrCat("revoked on this node, whose disk has it, but not in the store: other nodes learn of "
                   "it when the store answers again; ask again then (",
                   std::string(why.message()), ")"));
}

std::string IdText(uint64_t id) { return absl::StrCat(absl::Hex(id, absl::kZeroPad12)); }

absl::StatusOr<uint64_t> ParseId(const std::string& text) {
  uint64_t id = 0;
  if (text.size() == 12 && absl::SimpleHexAtoi(text, &id)) return id;
  return absl::InvalidArgumentError("id: not an id as listed (12 hexadecimal digits)");
}

// What counts against the budget of one slot: the fullest window of its own series.
int64_t FailuresOf(const Record& record, const Policy& policy, const Slot& slot, TimePoint now) {
  int64_t failures = 0;
  for (const Step& step : policy.program(slot.lane)) {
    const Counter& counter = policy.counters()[static_cast<size_t>(step.counter)];
    const Series* series = record.FindSeries({.signature = counter.signature, .sub = slot.index});
    if (step.place != Place::kSlot || !step.charged || series == nullptr) continue;
    for (const AppliedLimit& applied : step.limits) {
      const LimitState state = EvaluateLimit(applied.limit, series->entries, series->id.distinct(),
                                             /*weight=*/1, now, Duration(0));
      failures = std::max(failures, state.count);
    }
  }
  return failures;
}

// Opens a recovery if the policy has one left; each has counts of its own. A place in the allowance is taken
// for as long as the recovery can be used besides: otherwise one opened just before a window and one opened
// at its end would both spend their tries in it.
bool OpenRecovery(Record& record, const Policy& policy, uint64_t id, TimePoint now) {
  const std::vector<Allowance>& allowed = policy.spec().recovered.recoveries;
  const Duration life = policy.spec().recovered.token_ttl;
  std::erase_if(record.slots, [&](const Slot& s) {
    return s.lane == Lane::kRecovered && s.since + allowed.back().window + life <= now;
  });
  for (const Allowance& allowance : allowed) {
    const auto opened = std::count_if(record.slots.begin(), record.slots.end(), [&](const Slot& s) {
      return s.lane == Lane::kRecovered && s.since + allowance.window + life > now;
    });
    if (opened >= allowance.count) return false;
  }
  uint16_t index = 0;
  auto taken = [&] {
    return std::any_of(record.slots.begin(), record.slots.end(),
                       [&](const Slot& s) { return s.lane == Lane::kRecovered && s.index == index; });
  };
  while (taken()) ++index;
  for (const Step& step : policy.program(Lane::kRecovered)) {
    if (step.place != Place::kSlot) continue;
    const SeriesId of_place{.signature = policy.counters()[static_cast<size_t>(step.counter)].signature,
                            .sub = index};
    std::erase_if(record.series, [&](const Series& s) { return s.id == of_place; });
  }
  record.slots.push_back({.lane = Lane::kRecovered, .index = index, .id = id, .since = now, .seen = now});
  return true;
}

}  // namespace

std::string OwnerDesk::MintDevice(const Key& account, uint64_t id, int64_t epoch, TimePoint now) const {
  return SealToken(
      parts_.sealer,
      DeviceToken{
          .kind = DeviceToken::Kind::kDevice, .account = account, .id = id, .issued = now, .epoch = epoch});
}

void OwnerDesk::Confirm(const AccountName& name, const std::string& device_name, Duration deadline,
                        std::function<void(absl::StatusOr<Confirmation>)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  if (absl::Status status = CheckDeviceName(device_name); !status.ok()) return done(status);
  const Key account = parts_.keys.Account(name.tenant, name.account);
  const std::shared_ptr<const Policy> policy = parts_.policies.For(account);
  const uint64_t recovery = parts_.random.Next() & kShortMask;
  const uint64_t device = parts_.random.Next() & kShortMask;
  parts_.store.Update(
      account,
      [policy, recovery, device, device_name](Record& record, TimePoint now) {
        OpenRecovery(record, *policy, recovery, now);
        RememberProof(record, Lane::kDevice,
                      {.id = device, .slots_max = policy->slots_max(Lane::kDevice), .name = device_name},
                      now);
      },
      policy->keep(), deadline,
      [this, account, policy, recovery, device, done = std::move(done)](absl::StatusOr<Record> record) {
        if (!record.ok()) return done(record.status());
        const TimePoint now = parts_.clock.Now();
        const int64_t epoch = std::max(record->epoch, parts_.revocations.EpochOf(account));
        Confirmation confirmation{.device_token = MintDevice(account, device, epoch, now),
                                  .device_token_expires = now + policy->spec().device.token_ttl};
        if (record->FindSlot(Lane::kRecovered, recovery) != nullptr) {
          confirmation.recovery_token =
              SealToken(parts_.sealer, DeviceToken{.kind = DeviceToken::Kind::kRecovery,
                                                   .account = account,
                                                   .id = recovery,
                                                   .issued = now,
                                                   .epoch = epoch});
          confirmation.recovery_token_expires = now + policy->spec().recovered.token_ttl;
        }
        done(std::move(confirmation));
      });
}

void OwnerDesk::Publish(const Revocation& revocation, const Key& account,
                        std::function<void(absl::Status)> done) {
  if (parts_.feed == nullptr) return done(absl::OkStatus());
  parts_.feed->Publish(revocation, account, std::move(done));
}

void OwnerDesk::RevokeAll(const AccountName& name, const std::optional<std::string>& new_device,
                          Duration deadline, std::function<void(absl::StatusOr<Confirmation>)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  if (absl::Status status = CheckDeviceName(new_device.value_or("")); !status.ok()) return done(status);
  const Key account = parts_.keys.Account(name.tenant, name.account);
  const std::shared_ptr<const Policy> policy = parts_.policies.For(account);
  const TimePoint asked = parts_.clock.Now();
  const int64_t epoch = std::max(parts_.revocations.EpochOf(account) + 1, asked.time_since_epoch().count());
  const TimePoint keep_until = asked + kRevocationLife;
  if (absl::Status kept = parts_.revocations.RevokeAll(account, epoch, keep_until); !kept.ok())
    return done(kept);
  const uint64_t device = parts_.random.Next() & kShortMask;
  parts_.store.Update(
      account,
      [policy, epoch, device, new_device](Record& record, TimePoint now) {
        record.epoch = std::max(record.epoch + 1, epoch);
        std::erase_if(record.slots, [](const Slot& s) { return s.lane == Lane::kDevice; });
        for (Slot& slot : record.slots) {
          if (slot.lane == Lane::kRecovered) slot.id = 0;  // its place in the allowance stays taken
        }
        if (!new_device) return;
        RememberProof(record, Lane::kDevice,
                      {.id = device, .slots_max = policy->slots_max(Lane::kDevice), .name = *new_device},
                      now);
      },
      policy->keep(), deadline,
      [this, account, policy, device, keep_until, mints = new_device.has_value(), epoch,
       done = std::move(done)](absl::StatusOr<Record> record) {
        Revocation revocation{.account = account, .epoch = epoch, .keep_until = keep_until};
        if (!record.ok()) {
          // Kept on this node; the others are told as soon as they can be.
          return Publish(revocation, account,
                         [done, why = OnlyHere(record.status())](const absl::Status&) { done(why); });
        }
        if (absl::Status kept = parts_.revocations.RevokeAll(account, record->epoch, keep_until); !kept.ok())
          return done(kept);
        Confirmation confirmation;
        if (mints) {
          const TimePoint now = parts_.clock.Now();
          confirmation = {.device_token = MintDevice(account, device, record->epoch, now),
                          .device_token_expires = now + policy->spec().device.token_ttl};
        }
        revocation.epoch = record->epoch;
        Publish(revocation, account, [done, confirmation](absl::Status published) {
          if (!published.ok()) return done(std::move(published));
          done(confirmation);
        });
      });
}

void OwnerDesk::List(const AccountName& name, Lane lane, Duration deadline,
                     std::function<void(absl::StatusOr<std::vector<KnownProof>>)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  const Key account = parts_.keys.Account(name.tenant, name.account);
  parts_.store.Read({account, account}, deadline,
                    [lane, policy = parts_.policies.For(account),
                     done = std::move(done)](absl::StatusOr<ShardRecords> records) {
                      if (!records.ok()) return done(records.status());
                      std::vector<KnownProof> known;
                      for (const Slot& slot : records->account->slots) {
                        if (slot.lane == lane)
                          known.push_back({IdText(slot.id), slot.name, slot.since, slot.seen,
                                           FailuresOf(records->account, *policy, slot, records->now)});
                      }
                      std::sort(known.begin(), known.end(),
                                [](const KnownProof& a, const KnownProof& b) { return a.seen > b.seen; });
                      done(std::move(known));
                    });
}

void OwnerDesk::Name(const AccountName& name, const std::string& device_id, const std::string& device_name,
                     Duration deadline, std::function<void(absl::Status)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  if (absl::Status status = CheckDeviceName(device_name); !status.ok()) return done(status);
  const absl::StatusOr<uint64_t> id = ParseId(device_id);
  if (!id.ok()) return done(id.status());
  const Key account = parts_.keys.Account(name.tenant, name.account);
  parts_.store.Update(
      account,
      [id = *id, device_name](Record& record, TimePoint) {
        for (Slot& slot : record.slots) {
          if (slot.lane == Lane::kDevice && slot.id == id) slot.name = device_name;
        }
      },
      parts_.policies.For(account)->keep(), deadline,
      [id = *id, done = std::move(done)](absl::StatusOr<Record> record) {
        if (!record.ok()) return done(record.status());
        const bool found = record->FindSlot(Lane::kDevice, id) != nullptr;
        done(found ? absl::OkStatus() : absl::NotFoundError("device_id: the account has no such device"));
      });
}

void OwnerDesk::Forget(const AccountName& name, Lane lane, const std::string& id_text, Duration deadline,
                       std::function<void(absl::Status)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  const absl::StatusOr<uint64_t> parsed = ParseId(id_text);
  if (!parsed.ok()) return done(parsed.status());
  const Key account = parts_.keys.Account(name.tenant, name.account);
  const std::shared_ptr<const Policy> policy = parts_.policies.For(account);
  const Duration ttl = policy->spec().device.token_ttl;
  auto forget = [this, account, policy, lane, id = *parsed, ttl, deadline,
                 done](absl::StatusOr<ShardRecords> records) {
    if (!records.ok()) return done(records.status());
    if (records->account->FindSlot(lane, id) == nullptr)
      return done(absl::NotFoundError("id: the account has no such device or source"));
    const TimePoint until = parts_.clock.Now() + kRevocationLife;
    if (lane == Lane::kDevice) {
      if (absl::Status kept = parts_.revocations.RevokeDevice(id, until); !kept.ok()) return done(kept);
    }
    parts_.store.Update(
        account,
        [lane, id, ttl](Record& record, TimePoint now) {
          std::erase_if(record.slots, [&](const Slot& s) { return s.lane == lane && s.id == id; });
          if (lane == Lane::kDevice) SpendId(record, id, now + ttl);
        },
        policy->keep(), deadline,
        [this, account, id, lane, until, done](const absl::StatusOr<Record>& record) {
          if (lane != Lane::kDevice) return done(record.status());
          Publish({.account = {}, .device = id, .keep_until = until}, account,
                  [done, written = record.status()](absl::Status published) {
                    done(written.ok() ? std::move(published) : OnlyHere(written));
                  });
        });
  };
  parts_.store.Read({account, account}, deadline, std::move(forget));
}

void OwnerDesk::Import(const AccountName& name, const Source& source, TimePoint at, Duration deadline,
                       std::function<void(absl::Status)> done) {
  if (absl::Status status = CheckAccountName(name); !status.ok()) return done(status);
  const Key account = parts_.keys.Account(name.tenant, name.account);
  const std::shared_ptr<const Policy> policy = parts_.policies.For(account);
  const uint64_t id = parts_.keys.SourceId(name.tenant, source);
  parts_.store.Update(
      account,
      [policy, id, at](Record& record, TimePoint now) {
        RememberProof(record, Lane::kFamiliar, {.id = id, .slots_max = policy->slots_max(Lane::kFamiliar)},
                      std::min(at, now));
      },
      policy->keep(), deadline,
      [done = std::move(done)](absl::StatusOr<Record> record) { done(record.status()); });
}

}  // namespace latchkey

#include "engine/signal/packed_settle.h"

#include <optional>

#include "engine/signal/settle_steps.h"

namespace latchkey {
namespace {

// What is due of a settlement.
struct Due {
  TimePoint charged_at;
  bool give_back = false;
  bool success = false;
};

// False when ApplySettle must do it.
bool Apply(const CounterEffect& effect, const Due& due, TimePoint now, RecordBench& record) {
  if (effect.kind == CounterEffect::Kind::kGiveBack
          ? !due.give_back || !StillSeen(effect, due.charged_at, now)
          : !due.success)
    return true;
  RecordBench::Touched* series = record.Touch(effect.series);
  if (series == nullptr) return false;
  switch (effect.kind) {
    case CounterEffect::Kind::kGiveBack:
      record.Take(*series, due.charged_at, effect.weight, effect.member, effect.members_max);
      return true;
    case CounterEffect::Kind::kClear:
      record.Clear(*series);
      return true;
    case CounterEffect::Kind::kAdd:
      return record.Charge(*series, effect, now);
  }
  return false;
}

bool ApplyAll(const std::vector<CounterEffect>& effects, const Due& due, TimePoint now, RecordBench& record) {
  for (const CounterEffect& effect : effects) {
    if (!Apply(effect, due, now, record)) return false;
  }
  return true;
}

// The reservation that is settled, which is not left in the record; nothing when it is not there.
std::optional<Reservation> TakeReservation(const SettleRequest& request, TimePoint now,
                                           RecordBench& account) {
  std::optional<Reservation> settled;
  account.ReadTail(now, request.token_life, [&](const Reservation& r) {
    if (settled || r.id != request.reservation_id) return true;
    settled = r;
    return false;
  });
  return settled;
}

void RememberLogin(const SettleRequest& request, TimePoint now, RecordBench& account) {
  if (request.slot_id == 0 && !request.source && !request.device) return;
  std::vector<Slot>& slots = account.Slots();
  account.SlotsChanged();
  if (request.slot_id != 0) SeeAgain(slots, request, now);
  if (request.source) RememberIn(slots, Lane::kFamiliar, *request.source, now);
  if (request.device) RememberIn(slots, Lane::kDevice, *request.device, now);
}

void Finish(const RecordBench& record, TimePoint now, PackedChange& change) {
  change.proven = record.proven();
  change.changed = record.changed();
  if (change.changed) record.Write(now, nullptr, change.after);
}

}  // namespace

bool SettlePacked(const SettleRequest& request, TimePoint now, PackedChange& account, PackedChange& network,
                  SettleResult& result) {
  RecordBenches& benches = RecordBenches::OfThread();
  if (request.settlement == Settlement::kNotVerified || !benches.account.Begin(account, now) ||
      !benches.network.Begin(network, now))
    return false;
  const std::optional<Reservation> settled = TakeReservation(request, now, benches.account);
  if (!settled) return false;
  benches.network.ReadTail(now, request.token_life, [](const Reservation&) { return true; });
  Due due{.charged_at = settled->at, .success = request.settlement == Settlement::kSuccess};
  due.give_back = due.success || (request.tag && KnownWrong(benches.account.WrongTags(), request, now));
  if (!ApplyAll(request.account, due, now, benches.account) ||
      !ApplyAll(request.network, due, now, benches.network))
    return false;
  if (due.success) RememberLogin(request, now, benches.account);
  result.charged_at = due.charged_at;
  result.given_back = due.give_back;
  Finish(benches.account, now, account);
  Finish(benches.network, now, network);
  return true;
}

}  // namespace latchkey

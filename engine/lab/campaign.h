// What attackers have in common: victims, addresses, guesses, pace and a purse.
//
// The base of all attackers. Each kind overrides what makes it special.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/lab/actor.h"
#include "engine/lab/dice.h"
#include "engine/lab/world.h"

namespace latchkey::lab {

// What every kind of attacker can be told.
[[nodiscard]] std::span<const Parameter> CampaignParameters();

class Campaign : public Actor {
 public:
  explicit Campaign(const Values& values);

  void Enter(World& world) final;
  void Act(World& world, const Event& event) final;

 protected:
  // Before the first try: accounts of the attacker's own, tokens, plans.
  virtual void Begin(World& /*world*/) {}
  // One turn, and the plan for the next one.
  virtual void Turn(World& world);
  // What is sent in this turn. By default: the next victim, address and password.
  virtual Login Next(World& world);
  // What was answered.
  virtual void Heard(World& /*world*/, const Login& /*login*/, const LoginAnswer& /*answer*/) {}
  // How long until the next turn.
  virtual Duration Pause(World& world, const LoginAnswer& answer);

  // One try against the next victim from the next address; the password is left to NextPassword.
  [[nodiscard]] Login Aim(World& world, uint32_t victim);
  [[nodiscard]] uint32_t NextVictim();
  [[nodiscard]] virtual std::string NextAddress(World& world, uint32_t victim);
  // The first password for this victim that was not verified yet.
  [[nodiscard]] virtual Password NextPassword(World& world, uint32_t victim);
  // Sends it; a challenge is paid for and brought back, if that is what this attacker does.
  LoginAnswer Send(World& world, Login login);
  // Plans a turn, unless the campaign is over.
  void PlanTurn(World& world, TimePoint at);
  // An account of the attacker's own, with a right password.
  [[nodiscard]] uint32_t OwnAccount(World& world) const;

  [[nodiscard]] const Values& values() const { return values_; }
  [[nodiscard]] const std::vector<uint32_t>& victims() const { return victims_; }
  [[nodiscard]] Dice& dice() { return dice_; }
  [[nodiscard]] int64_t turns() const { return turns_; }
  [[nodiscard]] TimePoint stop() const { return stop_; }

 private:
  const Values values_;
  Dice dice_{0};
  std::vector<uint32_t> victims_;
  std::vector<int64_t> tried_;  // of each account: passwords verified so far
  size_t victim_ = 0;
  int64_t address_ = 0;
  uint32_t first_address_ = 0;
  int64_t turns_ = 0;
  TimePoint stop_;
};

}  // namespace latchkey::lab

// People who log in: how often they mistype, what they do when they are refused, and what they remember.
//
// The base of all benign actors. Each login of a person is a session with dice of its own: what happens in
// one disturbs no other, so that a day with an attack differs from the calm one by the attack alone.
#pragma once

#include <span>
#include <vector>

#include "engine/lab/actor.h"
#include "engine/lab/dice.h"
#include "engine/lab/world.h"

namespace latchkey::lab {

// What every kind of people can be told.
[[nodiscard]] std::span<const Parameter> PeopleParameters();

class People : public Actor {
 public:
  explicit People(const Values& values);

  void Enter(World& world) final;
  void Act(World& world, const Event& event) final;
  void Leave(World& world) final;

 protected:
  struct Person {
    uint32_t account = 0;
    uint32_t logins = 0;  // begun so far
    bool has_device = true;
    bool reads_mail = true;
    bool new_device = false;  // has changed his usual browser since the day began
    std::string home;
    Dice dice{0};
  };
  // One login.
  struct Session {
    uint32_t person = 0;
    uint32_t number = 0;  // of the person's logins
    uint32_t tries = 0;
    bool open = false;
    bool usual_browser = false;
    bool compared = false;  // on a device that was known before the day
    bool warm_up = false;   // in the past that people bring along
    bool recovered = false;
    bool resetting = false;
    int forgotten = 0;  // wrong tries before the password is given up for lost
    int waits = 0;
    bool typed = false;  // `login` holds what is sent next
    bool is_right = false;
    bool slipped = false;  // into a neighbour's account
    int storm = 0;         // tries that a password manager makes by itself
    Password last_wrong = 0;
    Login login;
    TimePoint began;
    SessionNote note;
    Dice dice{0};
  };

  // What kinds of people differ in.
  // The address of this login; of a usual browser mostly the home's.
  virtual std::string AddressOf(World& world, const Person& person, Session& session);
  // When the next login begins, after the one at `last`.
  virtual TimePoint NextLogin(World& world, Person& person, TimePoint last);
  // The address of a person's home.
  virtual std::string HomeOf(World& world, uint32_t number);
  // Whether the usual browser is used.
  virtual bool UsesUsualBrowser(World& world, const Person& person, Session& session);
  // How many wrong tries before the password is given up for lost; 0: it is known.
  virtual int Forgets(World& world, const Person& person, Session& session);
  // Before a session's first try: what is special about it.
  virtual void Prepare(World& /*world*/, Person& /*person*/, Session& /*session*/) {}
  // Whose account is hit instead of one's own by who takes a neighbour's name.
  virtual void TakeNeighbour(World& world, const Person& person, Login& login);
  // How long until the next try after a wrong one.
  virtual Duration Retype(Session& session);
  // Whether what is sent next is wrong.
  virtual bool Mistypes(World& world, const Person& person, Session& session);

  [[nodiscard]] const Values& values() const { return values_; }
  [[nodiscard]] const std::vector<Person>& persons() const { return persons_; }

 private:
  enum What : uint32_t { kBegin = 0, kTry = 1, kFollowLink = 2, kReset = 3, kWarmUp = 4 };

  uint32_t Open(World& world, uint32_t person, bool warm_up);
  void Type(World& world, Session& session);
  void Try(World& world, uint32_t index);
  void Hear(World& world, uint32_t index, const LoginAnswer& answer);
  void Refused(World& world, uint32_t index, const Decision& decision);
  void Recover(World& world, uint32_t index);
  void Continue(World& world, uint32_t index, Duration after);
  void Close(World& world, uint32_t index, bool in);
  void Remember(World& world, Session& session, const std::string& token);

  const Values values_;
  uint32_t number_ = 0;
  std::vector<Person> persons_;
  std::vector<Session> sessions_;
  std::vector<uint32_t> free_;
};

}  // namespace latchkey::lab

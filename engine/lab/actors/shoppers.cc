#include "engine/lab/actors/shoppers.h"

#include <algorithm>

#include "engine/lab/people.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr Parameter kMore[] = {
    {"sale", Type::kTime, 12 * kHour, "when it begins"},
    {"sale_lasts", Type::kTime, kHour, "how long it lasts"},
    {"surge", Type::kNumber, 50, "how many times as many logins there are", 1, 10000}};

class Shoppers final : public People {
 public:
  using People::People;

 protected:
  TimePoint NextLogin(World& world, Person& person, TimePoint last) override {
    const TimePoint sale = world.start() + values().Time("sale");
    const TimePoint over = sale + values().Time("sale_lasts");
    const double mean = kDayLong / std::max(values().Number("logins_per_day"), 1e-6);
    const auto pause = [&](double times) {
      return person.dice.Pause(Duration(static_cast<int64_t>(mean / times)));
    };
    if (last < sale) {
      const TimePoint next = last + pause(1);
      if (next < sale) return next;
      last = sale;
    }
    if (last < over) {
      const TimePoint next = last + pause(values().Number("surge"));
      if (next < over) return next;
      last = over;
    }
    return last + pause(1);
  }
};

}  // namespace

ActorKind ShoppersKind() {
  return {.name = "shoppers",
          .side = Side::kPeople,
          .about = "customers who all come at once when a sale begins",
          .parameters = WithDefaults(PeopleParameters(), {}, kMore),
          .make = [](const Values& values) -> std::unique_ptr<Actor> {
            return std::make_unique<Shoppers>(values);
          }};
}

}  // namespace latchkey::lab

// The recent past of this node: every decision with all that it was made of, so that it can be explained and
// replayed. Bounded: the newest `capacity` decisions.
//
// Written on every attempt and hardly ever read, so what is kept is packed into places that are used again,
// and reading unpacks.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "engine/assess/decide.h"
#include "engine/base/mutex.h"
#include "engine/signal/few_bytes.h"

namespace latchkey {

// A decision with its inputs. Plan and question follow from the others and are made again when somebody asks:
// kept, they would be most of the memory that an attempt touches.
struct JournalEntry {
  struct Question {
    Plan plan;  // points into `policy`
    ChargeRequest request;
  };

  Decision decision;
  Facts facts;
  Proofs proofs;
  std::shared_ptr<const Policy> policy;
  Duration token_life{0};
  bool counted = false;  // else counts decided nothing
  // Null unless more went into it: counts of the node, or the loss of the store.
  std::shared_ptr<const Question> asked;
  ChargeResult result;

  // The same inputs through the same pure function: equal to decision.verdict (P9).
  [[nodiscard]] Verdict Replay() const;
  // Every lane as the decision found it; empty when counts decided nothing.
  [[nodiscard]] std::vector<LaneReport> Lanes() const;

 private:
  [[nodiscard]] std::shared_ptr<const Question> Asked() const;
};

// Thread-safe; those who write at the same time do not wait for one another.
class Journal {
 private:
  struct Kept;

 public:
  // An entry that answers given again refer to.
  using Packed = std::shared_ptr<const Kept>;

  // What a decision was made of; `result` is null when counts decided nothing.
  struct Inputs {
    const Facts& facts;
    const Proofs& proofs;
    const std::shared_ptr<const Policy>& policy;
    Duration token_life{0};
    std::shared_ptr<const JournalEntry::Question> asked;
    const ChargeResult* result = nullptr;
  };

  explicit Journal(size_t capacity) : ring_(capacity) {}

  // Says that a decision is about to be added, so that its place can be loaded meanwhile.
  void Expect() const;
  // Keeps the decision without its tokens, which nobody is told again.
  void Add(const Decision& decision, const Inputs& inputs);
  // The same of an answer that may be given again.
  [[nodiscard]] Packed AddFirst(const Decision& decision, const Inputs& inputs);
  // The same answer once more, under a number and at a time of its own.
  void AddRepeat(const Decision& decision, Packed first);
  // Null when it was not made here or is older than what is kept.
  [[nodiscard]] std::shared_ptr<const JournalEntry> Find(uint64_t decision_id) const;
  // All that is kept, oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<const JournalEntry>> All() const;

 private:
  // What an entry is made of, in as few cache lines as possible.
  struct Kept {
    Packed first;  // of an answer that was given again: the rest but for the decision is there
    Decision decision;
    Facts facts;
    Proofs proofs;
    std::shared_ptr<const Policy> policy;
    Duration token_life{0};
    std::shared_ptr<const JournalEntry::Question> asked;
    // What counts decided by, if they did.
    bool counted = false;
    bool shared = false;
    uint16_t sub = 0;
    int admitted = -1;
    int lane = -1;  // that was charged
    uint64_t reservation_id = 0;
    TimePoint now;
    size_t account_bytes = 0;
    FewBytes<240> records;  // as stores keep them, the account's first
  };
  struct alignas(64) Place {
    mutable Mutex mutex;
    uint64_t number ABSL_GUARDED_BY(mutex) = 0;  // of the decision, from 1 on; 0: none yet
    Kept kept ABSL_GUARDED_BY(mutex);
  };
  static void Pack(const Decision& decision, const Inputs& inputs, Kept& kept);
  static std::shared_ptr<const JournalEntry> Unpack(const Kept& kept);

  std::vector<Place> ring_;
  std::atomic<uint64_t> added_{0};  // the n-th is at (n - 1) modulo capacity
};

}  // namespace latchkey

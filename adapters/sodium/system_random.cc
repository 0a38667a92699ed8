#include "adapters/sodium/system_random.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "adapters/sodium/secret.h"

namespace latchkey {
namespace {

struct Block {
  std::array<uint64_t, 64> words = {};
  size_t left = 0;
};

}  // namespace

SystemRandom::SystemRandom() { EnsureSodium(); }

uint64_t SystemRandom::Next() {
  thread_local Block block;
  if (block.left == 0) {
    randombytes_buf(block.words.data(), sizeof block.words);
    block.left = block.words.size();
  }
  return std::exchange(block.words[--block.left], 0);
}

}  // namespace latchkey

#include "adapters/sodium/system_random.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "adapters/sodium/secret.h"

namespace latchkey {
namespace {

struct Block {
  std::array<uint64_t, 256> words = {};
  size_t left = 0;
};

}  // namespace

SystemRandom::SystemRandom() { EnsureSodium(); }

uint64_t SystemRandom::Next() {
  thread_local Block block;
  if (block.left == 0) {
    // The system gives a key of its own to each block; a system call a block of a few words would be dearer
    // than all that is done with them.
    std::array<unsigned char, randombytes_SEEDBYTES> key;
    randombytes_buf(key.data(), key.size());
    randombytes_buf_deterministic(block.words.data(), sizeof block.words, key.data());
    sodium_memzero(key.data(), key.size());
    block.left = block.words.size();
  }
  return std::exchange(block.words[--block.left], 0);
}

}  // namespace latchkey

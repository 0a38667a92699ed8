// Runs a fuzz target without libFuzzer: on its corpus (folders named on the command line; one that does not
// exist is empty), on what mutating the corpus gives, and on noise. The seed is fixed: every run is the same.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutationsEach = 200;
constexpr int kNoiseInputs = 2000;
constexpr size_t kNoiseBytesMax = 512;

void Feed(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::vector<std::string> ReadCorpus(int argc, char** argv) {
  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  return corpus;
}

// Flips a bit, cuts the tail or doubles a piece: what damage in transit and clumsy forgers do.
std::string Mutate(std::string input, std::mt19937_64& random) {
  if (input.empty()) return input;
  const size_t at = random() % input.size();
  switch (random() % 3) {
    case 0:
      input[at] = static_cast<char>(input[at] ^ (1 << (random() % 8)));
      return input;
    case 1:
      return input.substr(0, at);
    default:
      return input.insert(at, input.substr(at, random() % 16));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937_64 random(20240229);
  const std::vector<std::string> corpus = ReadCorpus(argc, argv);
  for (const std::string& input : corpus) {
    Feed(input);
    std::string mutated = input;
    for (int i = 0; i < kMutationsEach; ++i) {
      mutated = i % 8 == 0 ? input : Mutate(std::move(mutated), random);
      Feed(mutated);
    }
  }
  for (int i = 0; i < kNoiseInputs; ++i) {
    std::string noise(random() % kNoiseBytesMax, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    Feed(noise);
  }
  std::printf("%zu inputs of the corpus, %d of noise\n", corpus.size(), kNoiseInputs);
  return 0;
}

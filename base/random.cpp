#include "base/random.hpp"

#include <openssl/rand.h>

#include <cstdio>
#include <stdexcept>

namespace postroom {

uint64_t system_random() {
  uint64_t bits = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1)
    throw std::runtime_error("the operating system gave no random bytes");
  return bits;
}

std::string random_hex(const random_fn& random, int words) {
  std::string out;
  for (int i = 0; i < words; ++i) {
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(random()));
    out += hex;
  }
  return out;
}

}  // namespace postroom

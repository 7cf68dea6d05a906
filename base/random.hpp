#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace postroom {

/// A source of 64 random bits; injected so that tests own it. Callable from any thread.
using random_fn = std::function<uint64_t()>;

/// Bits from the operating system's generator, fit for Message-IDs and jitter.
uint64_t system_random();

/// 2 × `words` × 8 hexadecimal digits.
std::string random_hex(const random_fn& random, int words = 2);

}  // namespace postroom

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "secrets/key_ring.hpp"

namespace postroom::secrets::test {

/// A ring of made-up keys, the first one the newest; equal letters are equal keys.
inline key_ring ring_of(const std::string& letters) {
  key_ring out;
  for (const char c : letters)
    EXPECT_TRUE(out.add(secure_bytes::copy_of(std::string(key_bytes, c))));
  return out;
}

}  // namespace postroom::secrets::test

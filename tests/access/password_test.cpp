#include "access/password.hpp"

#include <gtest/gtest.h>

#include "base/digest.hpp"

namespace postroom::access {
namespace {

constexpr scrypt_cost cheap{16, 1, 1};

}  // namespace

TEST(password, the_digest_is_that_of_rfc_7914) {
  record::v1::AccessPassword stored;
  stored.set_salt("NaCl");
  stored.set_n(1024);
  stored.set_r(8);
  stored.set_p(16);
  // Section 12: scrypt(P="password", S="NaCl", N=1024, r=8, p=16), its first 32 bytes.
  const std::string expected = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162";
  std::string raw;
  for (std::size_t i = 0; i < expected.size(); i += 2)
    raw += static_cast<char>(std::stoi(expected.substr(i, 2), nullptr, 16));
  stored.set_hash(raw);
  EXPECT_TRUE(password_fits("password", stored));
  EXPECT_FALSE(password_fits("Password", stored));
}

TEST(password, each_digest_has_a_salt_of_its_own_and_fits_its_password_alone) {
  const auto a = hash_password("correct horse battery", cheap, system_random);
  const auto b = hash_password("correct horse battery", cheap, system_random);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->salt().size(), 16u);
  EXPECT_NE(a->salt(), b->salt());
  EXPECT_NE(a->hash(), b->hash());
  EXPECT_TRUE(password_fits("correct horse battery", *a));
  EXPECT_FALSE(password_fits("correct horse batterx", *a));
  EXPECT_FALSE(password_fits("", *a));
}

TEST(password, a_stored_cost_that_would_take_all_memory_or_a_short_digest_fits_nothing) {
  auto a = hash_password("correct horse battery", cheap, system_random);
  a->set_hash("");
  EXPECT_FALSE(password_fits("correct horse battery", *a));
  a = hash_password("correct horse battery", cheap, system_random);
  a->set_n(1u << 30);
  EXPECT_FALSE(password_fits("correct horse battery", *a));
}

TEST(password, short_long_and_obvious_ones_are_refused_by_name) {
  EXPECT_EQ(check_password("elevenchars", "ann").error().detail,
            "password: is too short; take at least 12 characters");
  EXPECT_TRUE(check_password("twelve chars", "ann"));
  EXPECT_EQ(check_password("\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", "ann").code(),
            ec::config_invalid)
      << "six characters, though twelve bytes";
  EXPECT_TRUE(check_password(std::string(1024, 'x'), "ann"));
  EXPECT_EQ(check_password(std::string(1025, 'x'), "ann").code(), ec::config_invalid);
  EXPECT_EQ(check_password("Administrator", "administrator").error().detail,
            "password: is the name; take another one");
}

}  // namespace postroom::access

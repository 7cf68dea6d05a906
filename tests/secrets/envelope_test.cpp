#include "secrets/envelope.hpp"

#include "tests/secrets/keys.hpp"

namespace postroom::secrets {
namespace {

const place imap{"IT", "imap"};
const std::string value = "correct horse battery staple";

record::v1::Secret sealed(const key_ring& keys, const place& where = imap) {
  auto out = seal(*keys.newest(), where, value);
  EXPECT_TRUE(out);
  return *out;
}

ec code_of(const key_ring& keys, const place& where, const record::v1::Secret& record) {
  return open(keys, where, record).code();
}

}  // namespace

TEST(envelope, a_secret_comes_back_as_it_was) {
  const auto keys = test::ring_of("a");
  for (const std::string& text : {std::string{"x"}, value, std::string(16u << 10, '\xff')}) {
    const auto record = seal(*keys.newest(), imap, text);
    ASSERT_TRUE(record);
    const auto back = open(keys, imap, *record);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->view(), text);
    // One byte is among so many random ones by chance.
    if (text.size() > 1) {
      EXPECT_EQ(record->SerializeAsString().find(text), std::string::npos);
    }
  }
}

TEST(envelope, the_same_value_never_looks_the_same_twice) {
  const auto keys = test::ring_of("a");
  const auto one = sealed(keys), two = sealed(keys);
  EXPECT_NE(one.sealed(), two.sealed());
  EXPECT_NE(one.nonce(), two.nonce());
  EXPECT_NE(one.wrapped_key(), two.wrapped_key());
  EXPECT_NE(one.key_nonce(), two.key_nonce());
}

TEST(envelope, another_key_does_not_open_it_and_the_error_names_the_one_that_would) {
  const auto record = sealed(test::ring_of("a"));
  const auto got = open(test::ring_of("b"), imap, record);
  EXPECT_EQ(got.code(), ec::config_invalid);
  EXPECT_NE(got.error().detail.find("key 3ba3f5f43b926026"), std::string::npos)
      << got.error().detail;
  EXPECT_NE(got.error().detail.find("secrets_old_keys"), std::string::npos);
  // A key that only claims the id does not open it either.
  auto forged = record;
  forged.set_key_id(test::ring_of("b").newest()->id);
  EXPECT_EQ(code_of(test::ring_of("b"), imap, forged), ec::corrupt_record);
  EXPECT_TRUE(open(test::ring_of("ba"), imap, record));
}

TEST(envelope, a_change_of_any_bit_is_found) {
  const auto keys = test::ring_of("a");
  const auto good = sealed(keys);
  using setter = std::string* (record::v1::Secret::*)();
  const setter fields[] = {&record::v1::Secret::mutable_key_nonce,
                           &record::v1::Secret::mutable_wrapped_key,
                           &record::v1::Secret::mutable_nonce, &record::v1::Secret::mutable_sealed};
  for (const auto field : fields) {
    auto copy = good;
    const auto size = (copy.*field)()->size();
    for (std::size_t i = 0; i < size; ++i) {
      auto bad = good;
      auto& byte = (*(bad.*field)())[i];
      byte = static_cast<char>(byte ^ (1 << (i % 8)));
      EXPECT_EQ(code_of(keys, imap, bad), ec::corrupt_record) << i;
    }
    for (const std::size_t cut : {std::size_t{0}, std::size_t{5}, size - 1}) {
      auto bad = good;
      (bad.*field)()->resize(cut);
      EXPECT_EQ(code_of(keys, imap, bad), ec::corrupt_record) << "cut to " << cut;
    }
  }
  EXPECT_TRUE(open(keys, imap, good));
}

TEST(envelope, a_record_does_not_open_under_another_name_or_partition) {
  const auto keys = test::ring_of("a");
  const auto record = sealed(keys);
  for (const auto& other : {place{"IT", "smtp"}, place{"HR", "imap"}, place{"ITi", "map"},
                            place{"I", "Timap"}, place{"", "IT/imap"}})
    EXPECT_EQ(code_of(keys, other, record), ec::corrupt_record) << render(other);
}

TEST(envelope, the_parts_of_two_records_do_not_mix) {
  const auto keys = test::ring_of("a");
  const auto one = sealed(keys), two = sealed(keys);
  auto mixed = one;
  mixed.set_sealed(two.sealed());
  mixed.set_nonce(two.nonce());
  EXPECT_EQ(code_of(keys, imap, mixed), ec::corrupt_record);
  // The value of a place under its other key, whole, is an older secret of that place.
  mixed.set_wrapped_key(two.wrapped_key());
  mixed.set_key_nonce(two.key_nonce());
  EXPECT_TRUE(open(keys, imap, mixed));
}

TEST(envelope, rewrapping_changes_the_key_but_not_the_value) {
  auto record = sealed(test::ring_of("a"));
  const auto before = record;
  ASSERT_TRUE(rewrap(test::ring_of("ba"), imap, record));
  EXPECT_EQ(record.key_id(), test::ring_of("b").newest()->id);
  EXPECT_EQ(record.sealed(), before.sealed());
  EXPECT_EQ(open(test::ring_of("b"), imap, record)->view(), value);
  EXPECT_EQ(code_of(test::ring_of("a"), imap, record), ec::config_invalid);
  EXPECT_FALSE(*rewrap(test::ring_of("ba"), imap, record)) << "there is nothing left to do";
}

TEST(envelope, what_does_not_open_is_not_rewrapped) {
  auto record = sealed(test::ring_of("a"));
  const auto before = record.SerializeAsString();
  EXPECT_EQ(rewrap(test::ring_of("b"), imap, record).code(), ec::config_invalid);
  EXPECT_EQ(rewrap(test::ring_of("ba"), {"HR", "imap"}, record).code(), ec::corrupt_record);
  EXPECT_EQ(record.SerializeAsString(), before);
}

}  // namespace postroom::secrets

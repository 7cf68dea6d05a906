#include "secrets/vault.hpp"

#include "tests/secrets/vault_fixture.hpp"

namespace postroom::secrets {
namespace {

using vault_test = test::vault_fixture;
const place it{"IT", "imap"}, hr{"HR", "imap"};

}  // namespace

TEST_F(vault_test, a_secret_comes_back_also_in_the_next_life) {
  start("a");
  put(it, "hunter2");
  put(hr, "other");
  EXPECT_EQ(reveal(it), "hunter2");
  start("a");
  EXPECT_EQ(reveal(it), "hunter2");
  EXPECT_EQ(reveal(hr), "other");
  EXPECT_EQ(reveal({"XX", "imap"}), "not_found");
}

TEST_F(vault_test, nothing_on_disk_holds_the_value) {
  start("a");
  put(it, "a-marker-value");
  put(it, "a-marker-value-2");
  EXPECT_TRUE(life->remove(it, by));
  put(it, "a-marker-value-3");
  std::size_t looked_at = 0;
  ASSERT_TRUE(store->scan({}, [&](auto key, auto value) {
    EXPECT_EQ(key.find("a-marker"), std::string_view::npos);
    EXPECT_EQ(value.find("a-marker"), std::string_view::npos);
    return ++looked_at > 0;
  }));
  EXPECT_GE(looked_at, 6u);
}

TEST_F(vault_test, each_change_is_in_the_audit_with_the_values_masked) {
  start("a");
  put(it, "hunter2");
  put(it, "hunter3");
  ASSERT_TRUE(life->remove(it, by));
  const auto got = trail();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].what(), "secret stored");
  EXPECT_EQ(got[0].before(), "");
  EXPECT_EQ(got[0].after(), "********");
  EXPECT_EQ(got[1].what(), "secret replaced");
  EXPECT_EQ(got[1].before(), "********");
  EXPECT_EQ(got[2].what(), "secret removed");
  EXPECT_EQ(got[2].after(), "");
  for (const auto& e : got) {
    EXPECT_EQ(e.detail(), "secret IT/imap");
    EXPECT_EQ(e.partition(), "IT");
    EXPECT_EQ(e.who(), "olga");
    EXPECT_EQ(e.from(), "10.0.0.7");
    EXPECT_EQ(e.reason(), "a new server");
  }
  EXPECT_FALSE(storage::audit::verify(storage::secrets_unit, *store)->damaged);
}

TEST_F(vault_test, records_that_change_places_do_not_open) {
  start("a");
  put(it, "hunter2");
  put(hr, "other");
  const auto of_it = stored(it);
  write(it, stored(hr));
  write(hr, of_it);
  write({"IT", "copy"}, of_it);
  start("a");
  EXPECT_EQ(reveal(it), "corrupt_record");
  EXPECT_EQ(reveal(hr), "corrupt_record");
  EXPECT_EQ(reveal({"IT", "copy"}), "corrupt_record");
  put(it, "anew");
  EXPECT_EQ(reveal(it), "anew");
}

TEST_F(vault_test, without_its_key_a_secret_is_listed_as_locked_and_can_be_put_anew) {
  start("a");
  put(it, "hunter2");
  start("b");
  ASSERT_EQ(life->list("IT").size(), 1u);
  EXPECT_FALSE(life->list("IT")[0].key_known);
  EXPECT_EQ(reveal(it), "config_invalid");
  put(it, "anew");
  EXPECT_TRUE(life->list("IT")[0].key_known);
  EXPECT_EQ(reveal(it), "anew");
}

TEST_F(vault_test, without_any_key_nothing_is_stored_and_the_error_says_how_to_make_one) {
  start("");
  const auto got = life->put(it, "hunter2", by);
  EXPECT_EQ(got.code(), ec::config_invalid);
  EXPECT_NE(got.error().detail.find("openssl rand -hex 32"), std::string::npos);
  EXPECT_EQ(life->rotate(by).code(), ec::config_invalid);
  EXPECT_FALSE(life->has(it));
  EXPECT_TRUE(trail().empty());
}

TEST_F(vault_test, a_list_shows_one_partition_by_name_with_who_and_when) {
  start("a");
  for (const auto* name : {"smtp", "imap"}) put({"IT", name}, "x");
  put(hr, "x");
  put({"ITX", "imap"}, "x");
  const auto got = life->list("IT");
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].name, "imap");
  EXPECT_EQ(got[1].name, "smtp");
  EXPECT_EQ(got[0].changed_by, "olga");
  EXPECT_EQ(got[0].changed_at, 42);
  EXPECT_EQ(got[0].key_id, life->newest_key());
}

TEST_F(vault_test, a_revision_differs_after_each_put_also_when_the_secret_was_gone_between) {
  start("a");
  EXPECT_EQ(life->revision(it), 0u);
  put(it, "one");
  const auto first = life->revision(it);
  put(it, "one");
  const auto second = life->revision(it);
  ASSERT_TRUE(life->remove(it, by));
  EXPECT_EQ(life->revision(it), 0u);
  put(it, "one");
  EXPECT_NE(first, second);
  EXPECT_NE(life->revision(it), first);
  EXPECT_NE(life->revision(it), second);
}

TEST_F(vault_test, names_and_values_that_are_none_are_refused_without_showing_the_value) {
  start("a");
  for (const auto& name : {std::string{}, std::string(65, 'a'), std::string{"a/b"},
                           std::string{"a b"}, std::string{"ä"}, std::string("a\0", 2)})
    EXPECT_EQ(life->put({"IT", name}, "hunter2", by).code(), ec::config_invalid) << name;
  for (const auto& value :
       {std::string{}, std::string(max_value_bytes + 1, 'x'), std::string("hunter2\0", 8)}) {
    const auto got = life->put(it, value, by);
    EXPECT_EQ(got.code(), ec::config_invalid);
    EXPECT_EQ(got.error().detail.find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(life->remove(it, by).code(), ec::not_found);
  EXPECT_TRUE(life->list("IT").empty());
}

TEST_F(vault_test, a_partition_has_a_limit_that_is_none_for_the_others) {
  start("a");
  for (std::size_t i = 0; i < max_per_partition; ++i)
    ASSERT_TRUE(life->put({"IT", "s" + std::to_string(i)}, "x", by));
  EXPECT_EQ(life->put(it, "x", by).code(), ec::overloaded);
  EXPECT_TRUE(life->put({"IT", "s0"}, "y", by));
  EXPECT_TRUE(life->put(hr, "x", by));
}

TEST_F(vault_test, what_was_not_stored_is_not_used) {
  start("a");
  put(it, "old");
  ASSERT_TRUE(store->claim());  // from now on our owner is stale
  EXPECT_EQ(life->put(it, "new", by).code(), ec::stale_epoch);
  EXPECT_EQ(reveal(it), "old");
  EXPECT_EQ(life->remove(it, by).code(), ec::stale_epoch);
  EXPECT_EQ(reveal(it), "old");
  EXPECT_EQ(life->put(hr, "new", by).code(), ec::stale_epoch);
  EXPECT_FALSE(life->has(hr));
}

TEST_F(vault_test, a_token_of_the_node_is_kept_where_nobody_can_put_or_take_a_secret) {
  start("a");
  const place token{"IT", "oauth:graph"};
  ASSERT_TRUE(life->put_token(token, std::string("a\0b", 3), by, by.at));
  EXPECT_EQ(reveal(token), std::string("a\0b", 3));
  EXPECT_TRUE(life->list("IT").empty());
  EXPECT_EQ(life->remove(token, by).code(), ec::not_found);
  EXPECT_EQ(life->put(token, "x", by).code(), ec::config_invalid);
  start("a");
  EXPECT_EQ(reveal(token), std::string("a\0b", 3));
  EXPECT_TRUE(*life->remove_token(token, by));
  EXPECT_FALSE(*life->remove_token(token, by));
  EXPECT_EQ(reveal(token), "not_found");
}

TEST_F(vault_test, a_token_that_replaces_another_quietly_is_in_no_audit_and_no_new_revision) {
  start("a");
  const place token{"IT", "oauth:graph"};
  EXPECT_EQ(life->put_token(token, "r0", {}, by.at).code(), ec::not_found)
      << "what was forgotten does not come back";
  ASSERT_TRUE(life->put_token(token, "r1", by, by.at));
  const auto revision = life->revision(token);
  ASSERT_TRUE(life->put_token(token, "r2", {}, by.at));
  EXPECT_EQ(life->revision(token), revision);
  EXPECT_EQ(trail().size(), 1u);
  EXPECT_EQ(trail()[0].what(), "token stored");
  start("a");
  EXPECT_EQ(reveal(token), "r2");
}

TEST_F(vault_test, tokens_get_the_newest_key_as_secrets_do) {
  start("a");
  const place token{"IT", "oauth:graph"};
  ASSERT_TRUE(life->put_token(token, "r1", by, by.at));
  start("ba");
  ASSERT_TRUE(life->rotate(by));
  start("b");
  EXPECT_EQ(reveal(token), "r1");
}

}  // namespace postroom::secrets

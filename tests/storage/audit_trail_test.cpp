#include "storage/audit_trail.hpp"

#include <thread>

#include "base/digest.hpp"
#include "storage/engines.hpp"
#include "storage/keys.hpp"
#include "tests/storage/engine_fixture.hpp"

namespace postroom::storage::audit {
namespace {

using record::v1::AuditEntry;

AuditEntry entry_of(const std::string& what, int64_t at = 1) {
  AuditEntry out;
  out.set_at(at);
  out.set_who("olga");
  out.set_what(what);
  out.set_reason("because");
  out.set_before("old");
  out.set_after("new");
  return out;
}

struct audit_trail : testing::Test {
  std::unique_ptr<engine> all = make_memory_engine();
  std::shared_ptr<unit_store> store = *all->open("partition-IT");
  epoch owner = *store->claim();
  std::string unit = "partition-IT";

  void add(const std::string& what, write_batch batch = {}) {
    ASSERT_TRUE(commit(unit, *store, owner, std::move(batch), entry_of(what)));
  }
  void add_many(int count) {
    for (int i = 0; i < count; ++i) add("step " + std::to_string(i));
  }
  void put(const std::string& key, const std::string& value) {
    ASSERT_TRUE(store->commit(owner, test::putting(key, value)));
  }
  void erase(uint64_t sequence) {
    write_batch batch;
    batch.erase(keys::audit_chain(sequence));
    ASSERT_TRUE(store->commit(owner, std::move(batch)));
  }
  std::string stored(uint64_t sequence) { return **store->get(keys::audit_chain(sequence)); }
  verdict checked(const std::optional<head>& expected = {}) {
    auto out = verify(unit, *store, expected);
    EXPECT_TRUE(out) << out.error().text();
    return *out;
  }
  /// The verdict names this entry and says this about it.
  void expect_damage(const verdict& v, uint64_t sequence, const std::string& what) {
    ASSERT_TRUE(v.damaged);
    EXPECT_EQ(v.damaged->sequence, sequence);
    EXPECT_NE(v.damaged->what.find(what), std::string::npos) << v.damaged->what;
  }
  /// As somebody would who knows how the chain is made: all entries from here on, written anew.
  void forge_from(uint64_t sequence, const std::string& who) {
    const auto newest = read_head(unit, *store)->sequence;
    std::vector<AuditEntry> entries(newest - sequence + 1);
    for (auto i = sequence; i <= newest; ++i)
      ASSERT_TRUE(entries[i - sequence].ParseFromString(stored(i)));
    AuditEntry before;
    ASSERT_TRUE(before.ParseFromString(stored(sequence - 1)));
    record::v1::AuditHead h;
    h.set_sequence(sequence - 1);
    h.set_hash(before.hash());
    put(keys::meta("audit_head"), h.SerializeAsString());
    for (auto& e : entries) {
      e.set_who(who);
      ASSERT_TRUE(commit(unit, *store, owner, {}, e));
    }
  }
};

}  // namespace

TEST_F(audit_trail, an_entry_and_its_change_are_in_one_commit) {
  add("first", test::putting("k", "v"));
  EXPECT_EQ(test::got(*store, "k"), "v");
  AuditEntry e;
  ASSERT_TRUE(e.ParseFromString(stored(1)));
  EXPECT_EQ(e.what(), "first");
  EXPECT_EQ(e.sequence(), 1u);
  EXPECT_EQ(e.hash().size(), 32u);
  EXPECT_EQ(read_head(unit, *store)->hash, e.hash());

  const auto stale = owner;
  owner = *store->claim();
  const auto refused = commit(unit, *store, stale, test::putting("k", "w"), entry_of("second"));
  EXPECT_EQ(refused.code(), ec::stale_epoch);
  EXPECT_EQ(test::got(*store, "k"), "v");
  EXPECT_EQ(read_head(unit, *store)->sequence, 1u);
}

TEST_F(audit_trail, the_hash_is_that_of_the_previous_one_and_the_stored_bytes_before_it) {
  add_many(2);
  const auto first = stored(1), second = stored(2);
  const auto hash_of_first = first.substr(first.size() - 32);
  EXPECT_EQ(second.substr(second.size() - 32),
            sha256{}.update(hash_of_first).update(second.substr(0, second.size() - 34)).finish());
}

TEST_F(audit_trail, an_untouched_chain_is_intact_and_ends_at_its_head) {
  EXPECT_FALSE(checked().damaged);
  EXPECT_EQ(checked().last.sequence, 0u);
  add_many(40);
  const auto v = checked();
  EXPECT_FALSE(v.damaged);
  EXPECT_EQ(v.last, *read_head(unit, *store));
  EXPECT_EQ(v.last.sequence, 40u);
}

TEST_F(audit_trail, the_chain_walks_in_order_even_when_the_clock_steps_back) {
  ASSERT_TRUE(commit(unit, *store, owner, {}, entry_of("later", 2'000)));
  ASSERT_TRUE(commit(unit, *store, owner, {}, entry_of("earlier", 1'000)));
  EXPECT_FALSE(checked().damaged);
  EXPECT_EQ(checked().last.sequence, 2u);
}

TEST_F(audit_trail, a_change_of_any_byte_of_an_entry_is_found_at_that_entry) {
  add_many(5);
  const auto good = stored(3);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    put(keys::audit_chain(3), bad);
    const auto v = checked();
    ASSERT_TRUE(v.damaged) << "byte " << i;
    EXPECT_EQ(v.damaged->sequence, 3u) << "byte " << i;
    EXPECT_EQ(v.last.sequence, 2u);
  }
  put(keys::audit_chain(3), good + "x");
  expect_damage(checked(), 3, "");
  put(keys::audit_chain(3), good);
  EXPECT_FALSE(checked().damaged);
}

TEST_F(audit_trail, an_entry_that_is_taken_out_is_missed) {
  add_many(5);
  erase(3);
  expect_damage(checked(), 3, "the next one there is 4");
  erase(1);
  expect_damage(checked(), 1, "the next one there is 2");
}

TEST_F(audit_trail, entries_that_change_places_are_found) {
  add_many(5);
  const auto second = stored(2), third = stored(3);
  put(keys::audit_chain(2), third);
  put(keys::audit_chain(3), second);
  expect_damage(checked(), 2, "does not follow");
}

TEST_F(audit_trail, a_tail_that_is_cut_off_contradicts_the_head) {
  add_many(5);
  erase(5);
  expect_damage(checked(), 5, "entry 5 was the newest");
  erase(4);
  expect_damage(checked(), 4, "entries were cut off");
}

TEST_F(audit_trail, an_entry_behind_the_head_is_found) {
  add_many(2);
  const auto head_of_two = **store->get(keys::meta("audit_head"));
  add("third");
  put(keys::meta("audit_head"), head_of_two);
  expect_damage(checked(), 3, "behind the entry that the head names");
}

TEST_F(audit_trail, a_damaged_or_missing_head_is_found) {
  add_many(2);
  put(keys::meta("audit_head"), "\xff");
  EXPECT_TRUE(checked().damaged);
  EXPECT_EQ(commit(unit, *store, owner, {}, entry_of("x")).code(), ec::corrupt_record);
  write_batch batch;
  batch.erase(keys::meta("audit_head"));
  ASSERT_TRUE(store->commit(owner, std::move(batch)));
  expect_damage(checked(), 1, "behind");
}

TEST_F(audit_trail, only_a_head_kept_elsewhere_tells_of_a_chain_written_anew) {
  add_many(5);
  const auto kept = *read_head(unit, *store);
  forge_from(4, "somebody else");
  EXPECT_FALSE(checked().damaged);
  expect_damage(checked(kept), 5, "written anew");
  add_many(3);
  expect_damage(checked(kept), 5, "written anew");
}

TEST_F(audit_trail, a_head_kept_elsewhere_tells_of_a_tail_cut_off_with_the_head) {
  add_many(3);
  const auto head_of_three = **store->get(keys::meta("audit_head"));
  add_many(2);
  const auto kept = *read_head(unit, *store);
  erase(5);
  erase(4);
  put(keys::meta("audit_head"), head_of_three);
  EXPECT_FALSE(checked().damaged);
  expect_damage(checked(kept), 4, "entry 5 is expected");
  add_many(1);
  EXPECT_FALSE(checked(*read_head(unit, *store)).damaged);
}

TEST_F(audit_trail, the_chain_of_one_unit_is_no_chain_of_another) {
  add_many(2);
  unit = "partition-HR";
  expect_damage(checked(), 1, "does not follow");
}

TEST_F(audit_trail, entries_older_than_the_chain_are_counted_and_do_not_break_it) {
  put(keys::audit(5, 1), entry_of("old").SerializeAsString());
  put(keys::audit(6, 2), entry_of("old").SerializeAsString());
  add_many(2);
  EXPECT_EQ(checked().before_chain, 2u);
  EXPECT_FALSE(checked().damaged);
}

TEST_F(audit_trail, two_threads_take_turns_while_a_third_verifies) {
  const auto write = [this] {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(commit(unit, *store, owner, {}, entry_of("step")));
  };
  std::thread one{write}, two{write};
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(checked().damaged);
  one.join();
  two.join();
  EXPECT_EQ(checked().last.sequence, 400u);
  EXPECT_FALSE(checked().damaged);
}

}  // namespace postroom::storage::audit

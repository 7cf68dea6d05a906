#include "storage/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/digest.hpp"
#include "postroom/record/v1/record.pb.h"

using namespace postroom;
using namespace postroom::storage;
using namespace std::string_literals;

namespace {

record::v1::MailKey mail_key(const std::string& box, uint64_t validity, uint64_t uid,
                             const std::string& uidl = {}) {
  record::v1::MailKey out;
  out.set_mailbox(box);
  out.set_uid_validity(validity);
  out.set_uid(uid);
  out.set_uidl(uidl);
  return out;
}

bool inside(const key_range& range, const std::string& key) {
  return key >= range.first && (range.last.empty() || key < range.last);
}

/// Strings in their logical order, with the cases that break naive encodings.
const std::vector<std::string> ordered_strings{"",     "\0"s, "\0\0"s, "\0a"s,    "\0\xff"s,
                                               "\x01", "a",   "a\0"s,  "a\0b"s,   "a\x01",
                                               "aa",   "b",   "\xff",  "\xff\xff"};

const std::vector<uint64_t> ordered_numbers{
    0,         1, 127, 128, 255, 256, 65'535, 65'536, 0xffff'ffff, 0x1'0000'0000, UINT64_MAX - 1,
    UINT64_MAX};

const std::vector<int64_t> ordered_times{INT64_MIN,         -256,     -1, 0, 1, 255, 256,
                                         1'800'000'000'000, INT64_MAX};

void expect_strictly_ascending(const std::vector<std::string>& keys) {
  for (std::size_t i = 1; i < keys.size(); ++i)
    EXPECT_LT(keys[i - 1], keys[i]) << "position " << i << ": " << to_hex(keys[i]);
}

template <class Values, class Make>
std::vector<std::string> keys_of(const Values& values, Make make) {
  std::vector<std::string> out;
  for (const auto& v : values) out.push_back(make(v));
  return out;
}

/// At least one key of every kind, with extreme fields.
std::vector<std::string> one_of_each() {
  auto low = mail_key("", 0, 0), high = mail_key("\xff", UINT64_MAX, UINT64_MAX, "\xff");
  return {keys::meta(""),
          keys::meta("\xff"),
          keys::call(call_number{0}),
          keys::call(call_number{UINT64_MAX}),
          keys::call_update(call_number{0}, 0),
          keys::call_update(call_number{UINT64_MAX}, UINT32_MAX),
          keys::safe_html(mail_id{0}),
          keys::safe_html(mail_id{UINT64_MAX}),
          keys::message(""),
          keys::message("x"),
          keys::open_call_of(person_id{0}, call_number{0}),
          keys::open_call_of(person_id{UINT64_MAX}, call_number{UINT64_MAX}),
          keys::ledger(low),
          keys::ledger(high),
          keys::mailbox(mailbox_id{""}),
          keys::mailbox(mailbox_id{"\xff"}),
          keys::pending_action(low),
          keys::pending_action(high),
          keys::dedupe(std::string(32, '\0')),
          keys::dedupe(std::string(32, '\xff')),
          keys::copy(low, low),
          keys::copy(high, high),
          keys::mail(mail_id{0}),
          keys::mail(mail_id{UINT64_MAX}),
          keys::raw(mail_id{0}, 0),
          keys::raw(mail_id{UINT64_MAX}, UINT32_MAX),
          keys::staging(mail_id{0}),
          keys::staging(mail_id{UINT64_MAX}),
          keys::outbox(0),
          keys::outbox(UINT64_MAX),
          keys::outbox_due(INT64_MIN, 0),
          keys::outbox_due(INT64_MAX, UINT64_MAX),
          keys::outbox_of_call(call_number{0}, 0),
          keys::outbox_of_call(call_number{UINT64_MAX}, UINT64_MAX),
          keys::outbox_dead(0),
          keys::outbox_dead(UINT64_MAX),
          keys::outbox_report(0, 0),
          keys::outbox_report(UINT64_MAX, UINT32_MAX),
          keys::quarantine(mail_id{0}),
          keys::quarantine(mail_id{UINT64_MAX}),
          keys::probe(""),
          keys::probe("\xff\xff"),
          keys::rule_hits(""),
          keys::rule_hits("\xff\xff"),
          keys::person(person_id{0}),
          keys::person(person_id{UINT64_MAX}),
          keys::settings(0),
          keys::settings(UINT64_MAX),
          keys::settings_version(0),
          keys::settings_version(UINT64_MAX),
          keys::audit(INT64_MIN, 0),
          keys::audit(INT64_MAX, UINT64_MAX),
          keys::audit_chain(0),
          keys::audit_chain(UINT64_MAX),
          keys::access_principal(""),
          keys::access_principal("\xff\xff"),
          keys::access_role(""),
          keys::access_role("\xff\xff"),
          keys::access_token(""),
          keys::access_token("\xff\xff"),
          keys::secret("", ""),
          keys::secret("\xff", "\xff")};
}

constexpr keys::kind every_kind[] = {keys::kind::meta,
                                     keys::kind::call,
                                     keys::kind::call_update,
                                     keys::kind::safe_html,
                                     keys::kind::message,
                                     keys::kind::open_call_of,
                                     keys::kind::ledger,
                                     keys::kind::mailbox,
                                     keys::kind::pending_action,
                                     keys::kind::dedupe,
                                     keys::kind::mail,
                                     keys::kind::raw,
                                     keys::kind::staging,
                                     keys::kind::outbox,
                                     keys::kind::outbox_due,
                                     keys::kind::outbox_of_call,
                                     keys::kind::outbox_dead,
                                     keys::kind::outbox_report,
                                     keys::kind::quarantine,
                                     keys::kind::probe,
                                     keys::kind::rule_hits,
                                     keys::kind::person,
                                     keys::kind::settings,
                                     keys::kind::settings_version,
                                     keys::kind::audit,
                                     keys::kind::audit_chain,
                                     keys::kind::access_principal,
                                     keys::kind::access_role,
                                     keys::kind::access_token,
                                     keys::kind::secret,
                                     keys::kind::copy};

}  // namespace

TEST(keys, what_is_on_disk_never_changes) {
  auto key = mail_key("it", 7, 0x0102, "u\0x"s);
  const std::pair<std::string, std::string> golden[] = {
      {keys::meta("epoch"), "0165706f63680000"},
      {keys::call(call_number{123}), "10000000000000007b"},
      {keys::call_update(call_number{123}, 2), "11000000000000007b00000002"},
      {keys::safe_html(mail_id{1}), "120000000000000001"},
      {keys::message("abc"),
       "13"
       "ba7816bf8f01cfea414140de5dae2223"
       "b00361a396177a9cb410ff61f20015ad"},
      {keys::open_call_of(person_id{9}, call_number{123}), "140000000000000009000000000000007b"},
      {keys::ledger(key),
       "206974000000000000000000070000000000000102"
       "7500ff780000"},
      {keys::mailbox(mailbox_id{"it"}), "2169740000"},
      {keys::pending_action(key),
       "226974000000000000000000070000000000000102"
       "7500ff780000"},
      {keys::dedupe(std::string(31, 'a') + '\0'),
       "30"
       "61616161616161616161616161616161"
       "616161616161616161616161616161"
       "00"},
      {keys::copy(key, mail_key("b", 0, 1)),
       "316974000000000000000000070000000000000102"
       "7500ff780000"
       "620000"
       "0000000000000000"
       "0000000000000001"
       "0000"},
      {keys::mail(mail_id{1}), "400000000000000001"},
      {keys::raw(mail_id{1}, 2), "41000000000000000100000002"},
      {keys::staging(mail_id{1}), "420000000000000001"},
      {keys::outbox(3), "500000000000000003"},
      {keys::outbox_due(4, 5), "5180000000000000040000000000000005"},
      {keys::outbox_of_call(call_number{6}, 7), "5200000000000000060000000000000007"},
      {keys::outbox_dead(8), "530000000000000008"},
      {keys::outbox_report(8, 1), "54000000000000000800000001"},
      {keys::quarantine(mail_id{8}), "600000000000000008"},
      {keys::probe("0f"), "6130660000"},
      {keys::rule_hits("vip"), "627669700000"},
      {keys::person(person_id{9}), "700000000000000009"},
      {keys::settings(10), "80000000000000000a"},
      {keys::settings_version(11), "81000000000000000b"},
      {keys::audit(11, 12), "90800000000000000b000000000000000c"},
      {keys::audit_chain(13), "91000000000000000d"},
      {keys::access_principal("ann"), "a0616e6e0000"},
      {keys::access_role("it"), "a169740000"},
      {keys::access_token("0f"), "a230660000"},
      {keys::secret("IT", "a"),
       "b0495400006100"
       "00"},
  };
  EXPECT_EQ(std::size(golden), std::size(every_kind));
  for (const auto& [is, should] : golden) EXPECT_EQ(to_hex(is), should);
}

TEST(keys, strings_sort_as_their_bytes_even_with_nuls_and_prefixes) {
  expect_strictly_ascending(keys_of(ordered_strings, [](auto& s) { return keys::meta(s); }));
  expect_strictly_ascending(
      keys_of(ordered_strings, [](auto& s) { return keys::mailbox(mailbox_id{s}); }));
}

TEST(keys, numbers_and_times_sort_as_numbers) {
  expect_strictly_ascending(
      keys_of(ordered_numbers, [](auto n) { return keys::call(call_number{n}); }));
  expect_strictly_ascending(keys_of(ordered_numbers, [](auto n) { return keys::settings(n); }));
  expect_strictly_ascending(keys_of(ordered_times, [](auto t) { return keys::audit(t, 1); }));
  expect_strictly_ascending(keys_of(ordered_times, [](auto t) { return keys::outbox_due(t, 1); }));
}

TEST(keys, mail_keys_sort_by_mailbox_then_validity_then_uid_then_uidl) {
  std::vector<std::string> ascending;
  for (const auto& box : ordered_strings)
    for (uint64_t validity : {uint64_t{0}, uint64_t{1}, UINT64_MAX})
      for (uint64_t uid : {uint64_t{0}, uint64_t{256}, UINT64_MAX})
        for (const auto& uidl : ordered_strings)
          ascending.push_back(keys::ledger(mail_key(box, validity, uid, uidl)));
  expect_strictly_ascending(ascending);
}

TEST(keys, chunks_and_second_fields_sort_within_the_first) {
  expect_strictly_ascending({keys::raw(mail_id{1}, 0), keys::raw(mail_id{1}, 1),
                             keys::raw(mail_id{1}, UINT32_MAX), keys::raw(mail_id{2}, 0)});
  expect_strictly_ascending(
      {keys::outbox_of_call(call_number{1}, UINT64_MAX), keys::outbox_of_call(call_number{2}, 0)});
  expect_strictly_ascending(
      {keys::outbox_due(1, 9), keys::outbox_due(2, 0), keys::outbox_due(2, UINT64_MAX)});
}

TEST(keys, each_kind_has_a_range_of_its_own_that_holds_exactly_its_keys) {
  auto all = one_of_each();
  EXPECT_EQ(all.size(), 2 * std::size(every_kind));
  for (auto kind : every_kind) {
    auto range = keys::all_of(kind);
    for (const auto& key : all)
      EXPECT_EQ(inside(range, key), key[0] == static_cast<char>(kind)) << to_hex(key);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [&](auto& k) { return inside(range, k); }), 2);
  }
}

TEST(keys, the_ledger_of_a_mailbox_holds_nothing_of_its_neighbours) {
  for (const auto& mine : ordered_strings)
    for (const auto& other : ordered_strings)
      for (uint64_t n : {uint64_t{0}, UINT64_MAX}) {
        auto key = mail_key(other, n, n, n ? "\xff\xff" : "");
        EXPECT_EQ(inside(keys::ledger_of(mailbox_id{mine}), keys::ledger(key)), mine == other);
        EXPECT_EQ(inside(keys::pending_of(mailbox_id{mine}), keys::pending_action(key)),
                  mine == other);
        EXPECT_FALSE(inside(keys::ledger_of(mailbox_id{mine}), keys::pending_action(key)));
      }
  EXPECT_FALSE(inside(keys::ledger_of(mailbox_id{"it"}), keys::ledger(mail_key("it2", 1, 1))));
}

TEST(keys, raw_ranges_hold_the_chunks_of_one_mail_or_of_all_from_it_on) {
  const std::vector<uint64_t> ids{0, 1, 254, 255, 256, 0xffff, UINT64_MAX - 1, UINT64_MAX};
  for (auto wanted : ids)
    for (auto id : ids)
      for (uint32_t chunk : {0u, 1u, UINT32_MAX}) {
        auto key = keys::raw(mail_id{id}, chunk);
        EXPECT_EQ(inside(keys::raw_of(mail_id{wanted}), key), id == wanted);
        EXPECT_EQ(inside(keys::raw_from(mail_id{wanted}), key), id >= wanted);
      }
  EXPECT_FALSE(inside(keys::raw_from(mail_id{0}), keys::outbox(0)));
  EXPECT_FALSE(inside(keys::raw_of(mail_id{UINT64_MAX}), keys::outbox(0)));
}

TEST(keys, outbox_ranges_hold_one_call_or_all_that_is_due) {
  for (auto wanted : ordered_numbers)
    for (auto call : ordered_numbers)
      EXPECT_EQ(inside(keys::outbox_of(call_number{wanted}),
                       keys::outbox_of_call(call_number{call}, UINT64_MAX)),
                wanted == call);
  for (auto wanted : ordered_numbers)
    for (auto id : ordered_numbers)
      EXPECT_EQ(inside(keys::outbox_reports_of(wanted), keys::outbox_report(id, UINT32_MAX)),
                wanted == id);
  for (auto wanted : ordered_numbers)
    for (auto call : ordered_numbers)
      EXPECT_EQ(inside(keys::updates_of(call_number{wanted}),
                       keys::call_update(call_number{call}, UINT32_MAX)),
                wanted == call);
  for (auto until : ordered_times)
    for (auto due : ordered_times)
      for (auto id : {uint64_t{0}, UINT64_MAX})
        EXPECT_EQ(inside(keys::outbox_due_until(until), keys::outbox_due(due, id)), due <= until);
  EXPECT_FALSE(inside(keys::outbox_due_until(INT64_MAX), keys::outbox_of_call(call_number{0}, 0)));
}

TEST(keys, the_trailing_number_of_a_key_comes_back) {
  for (auto n : ordered_numbers) {
    for (const auto& key :
         {keys::call(call_number{n}), keys::mail(mail_id{n}), keys::quarantine(mail_id{n}),
          keys::person(person_id{n}), keys::settings(n), keys::settings_version(n),
          keys::audit(-1, n), keys::outbox_due(-1, n), keys::outbox_of_call(call_number{1}, n)})
      EXPECT_EQ(keys::trailing_u64(key), n) << to_hex(key);
  }
}

TEST(keys, partition_and_name_of_a_secret_come_back_and_do_not_run_together) {
  for (const auto& partition : ordered_strings)
    for (const auto& name : ordered_strings)
      EXPECT_EQ(keys::parse_secret(keys::secret(partition, name)), std::pair(partition, name));
  EXPECT_NE(keys::secret("IT", "a"), keys::secret("I", "Ta"));
  EXPECT_FALSE(keys::parse_secret(keys::meta("IT")));
  EXPECT_FALSE(keys::parse_secret(keys::secret("IT", "a") + "x"));
}

TEST(keys, the_due_time_of_an_outbox_key_comes_back) {
  for (auto t : ordered_times) EXPECT_EQ(keys::due_of(keys::outbox_due(t, UINT64_MAX)), t);
}

TEST(keys, a_key_too_short_for_a_number_gives_zero) {
  EXPECT_EQ(keys::trailing_u64(""), 0u);
  EXPECT_EQ(keys::trailing_u64("\xff\xff\xff\xff\xff\xff\xff"), 0u);
}

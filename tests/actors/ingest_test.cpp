#include "base/digest.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;

TEST_F(ingest_test, one_commit_holds_everything_a_mail_becomes) {
  auto b = batch_of({call_item(1, "red")});
  b->remember_action = true;
  auto done = take({b});
  ASSERT_TRUE(done);
  EXPECT_EQ(disk->committed, 1u);
  EXPECT_EQ(done->outbox_entries, 1u);
  auto call = record<record::v1::Call>(keys::call(call_number{1}));
  EXPECT_EQ(call.subject(), "red");
  EXPECT_EQ(call.logging_analyst().name(), "Ana Lyst");
  EXPECT_EQ(call.mail(), 1u);
  auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(1, "red").key));
  EXPECT_EQ(entry.call(), 1u);
  EXPECT_EQ(entry.mail(), 1u);
  EXPECT_EQ(entry.size(), raw_mail("red").size());
  EXPECT_EQ(entry.decided_at(), to_millis(noon));
  EXPECT_EQ(raw_of(1), raw_mail("red"));
  EXPECT_EQ(record<record::v1::Mail>(keys::mail(mail_id{1})).chunks(), 1u);
  EXPECT_EQ(record<record::v1::OutboxEntry>(keys::outbox(1)).call(), 1u);
  EXPECT_EQ(count(keys::kind::outbox_due), 1u);
  EXPECT_EQ(count(keys::kind::outbox_of_call), 1u);
  EXPECT_EQ(count(keys::kind::dedupe), 1u);
  EXPECT_EQ(count(keys::kind::pending_action), 1u);
  EXPECT_EQ(box("it-in").last_uid(), 1u);
  EXPECT_EQ(box("it-in").outcomes().at("logged"), 1u);
}

TEST_F(ingest_test, nothing_is_written_when_the_commit_is_refused) {
  auto before = contents();
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(take({call_item(1, "red"), call_item(2, "blue")}).code(), ec::no_space);
  EXPECT_EQ(contents(), before);
}

TEST_F(ingest_test, a_repeated_hand_over_changes_nothing_but_keeps_the_numbers) {
  auto b = batch_of(
      {call_item(1, "red"), suppressed_item(2, "vanished"), quarantined_item(3, "garbage")});
  b->remember_action = true;
  ASSERT_TRUE(take({b}));
  auto before = contents();
  auto again = take({b});
  ASSERT_TRUE(again);
  EXPECT_EQ(contents(), before);
  EXPECT_TRUE(again->outcomes.empty());
  EXPECT_EQ(again->outbox_entries, 0u);
}

TEST_F(ingest_test, a_hand_over_repeated_within_one_round_counts_once) {
  auto b = batch_of(
      {call_item(1, "red"), suppressed_item(2, "vanished"), quarantined_item(3, "garbage")});
  auto taken = take({b, b});
  ASSERT_TRUE(taken);
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 suppressed:vanished",
                             "it-in/7/3 quarantined:mail_unparsable"}));
  EXPECT_EQ(taken->outcomes.at("logged"), 1u);
  EXPECT_EQ(taken->outcomes.at("suppressed:vanished"), 1u);
  EXPECT_EQ(count(keys::kind::call), 1u);
}

TEST_F(ingest_test, a_hand_over_repeated_after_a_restart_changes_nothing) {
  ASSERT_TRUE(take({call_item(1, "red"), call_item(2, "blue")}));
  auto before = contents();
  restart();
  EXPECT_EQ(numbers.next_call, 3u);
  ASSERT_TRUE(take({call_item(1, "red"), call_item(2, "blue")}));
  EXPECT_EQ(contents(), before);
}

TEST_F(ingest_test, a_second_copy_in_the_same_round_points_to_the_first) {
  ASSERT_TRUE(
      take({batch_of({call_item(1, "red")}), batch_of({call_item(9, "red", "it-pop")}, "it-pop")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-pop/7/9 suppressed:duplicate"}));
  auto copy = record<record::v1::LedgerEntry>(keys::ledger(call_item(9, "red", "it-pop").key));
  EXPECT_EQ(copy.duplicate_of().SerializeAsString(), call_item(1, "red").key.SerializeAsString());
  EXPECT_EQ(copy.mail(), 0u);
  EXPECT_EQ(count(keys::kind::call), 1u);
  EXPECT_EQ(count(keys::kind::mail), 1u);
}

TEST_F(ingest_test, a_second_copy_in_a_later_round_points_to_the_first) {
  ASSERT_TRUE(take({call_item(1, "red")}));
  ASSERT_TRUE(take({call_item(2, "red")}));
  restart();
  ASSERT_TRUE(take({call_item(3, "red")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 suppressed:duplicate",
                             "it-in/7/3 suppressed:duplicate"}));
  auto third = record<record::v1::LedgerEntry>(keys::ledger(call_item(3, "red").key));
  EXPECT_EQ(third.duplicate_of().uid(), 1u);
}

TEST_F(ingest_test, mails_shown_again_under_a_new_uid_validity_become_duplicates) {
  ASSERT_TRUE(take({call_item(1, "red"), call_item(2, "blue")}));
  auto again = call_item(1, "red"), fresh = call_item(2, "green");
  for (auto* item : {&again, &fresh}) item->key.set_uid_validity(8);
  auto b = batch_of({again, fresh});
  b->cursor.set_uid_validity(8);
  ASSERT_TRUE(take({b}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 logged",
                             "it-in/8/1 suppressed:duplicate", "it-in/8/2 logged"}));
  EXPECT_EQ(box("it-in").uid_validity(), 8u);
}

TEST_F(ingest_test, counters_sum_to_all_mails_ever_shown) {
  auto first = batch_of({call_item(11, "red"), quarantined_item(12, "garbage")});
  first->cursor.set_baseline_count(40);
  ASSERT_TRUE(take({first}));
  restart();
  auto second = batch_of({call_item(13, "red"), suppressed_item(14, "vanished"),
                          call_item(15, "blue"), suppressed_item(16, "before_start")});
  second->cursor.set_baseline_count(40);
  ASSERT_TRUE(take({second}));
  uint64_t sum = 0;
  auto stored = box("it-in");
  for (const auto& [name, n] : stored.outcomes()) sum += n;
  EXPECT_EQ(sum, 46u);
  EXPECT_EQ(box("it-in").outcomes().at("suppressed:before_start"), 41u);
  EXPECT_EQ(box("it-in").outcomes().at("logged"), 2u);
  EXPECT_EQ(box("it-in").outcomes().at("suppressed:duplicate"), 1u);
  EXPECT_EQ(box("it-in").outcomes().at("quarantined:mail_unparsable"), 1u);
}

TEST_F(ingest_test, two_batches_of_one_mailbox_in_a_round_count_the_baseline_once) {
  auto first = batch_of({}), second = batch_of({call_item(11, "red")});
  first->cursor.set_baseline_count(40);
  second->cursor.set_baseline_count(40);
  ASSERT_TRUE(take({first, second}));
  EXPECT_EQ(box("it-in").outcomes().at("suppressed:before_start"), 40u);
  EXPECT_EQ(box("it-in").outcomes().at("logged"), 1u);
  EXPECT_EQ(box("it-in").last_uid(), 11u);
}

TEST_F(ingest_test, a_size_the_server_did_not_say_is_not_written_down) {
  auto said = suppressed_item(1, "vanished"), unsaid = suppressed_item(2, "vanished");
  said.listed.size = unsaid.listed.size = 5'000;
  unsaid.listed.size_is_bound = true;
  ASSERT_TRUE(take({said, unsaid}));
  EXPECT_EQ(record<record::v1::LedgerEntry>(keys::ledger(said.key)).size(), 5'000u);
  EXPECT_EQ(record<record::v1::LedgerEntry>(keys::ledger(unsaid.key)).size(), 0u);
}

TEST_F(ingest_test, an_action_on_the_server_is_remembered_for_each_mail_that_is_still_there) {
  auto b = batch_of({call_item(1, "red"), call_item(2, "red"), quarantined_item(3, "garbage"),
                     suppressed_item(4, "vanished"), suppressed_item(5, "before_start")});
  b->remember_action = true;
  ASSERT_TRUE(take({b}));
  std::vector<uint64_t> uids;
  ASSERT_TRUE(unit->scan(
      keys::all_of(keys::kind::pending_action),
      [&](std::string_view key, std::string_view) {
        uids.push_back(keys::parse_pending(key)->uid());
        return true;
      },
      false));
  EXPECT_EQ(uids, (std::vector<uint64_t>{1, 2, 3}));
}

TEST_F(ingest_test, quarantined_mails_are_kept_raw_and_later_copies_point_to_them) {
  ASSERT_TRUE(take({quarantined_item(3, "garbage")}));
  ASSERT_TRUE(take({quarantined_item(4, "garbage")}));
  EXPECT_EQ(ledger(),
            (names{"it-in/7/3 quarantined:mail_unparsable", "it-in/7/4 suppressed:duplicate"}));
  EXPECT_EQ(raw_of(1), "garbage");
  EXPECT_EQ(all<record::v1::QuarantineEntry>(keys::kind::quarantine).at(0).size(), 7u);
}

#ifdef POSTROOM_INJECTION
TEST_F(ingest_test, a_mail_whose_rules_throw_twice_is_put_aside_and_the_others_go_on) {
  context->notes->note("it-in/7/2");
  context->notes->note("it-in/7/2");
  ASSERT_TRUE(take({call_item(1, "red"), call_item(2, "blue"), call_item(3, "green")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 quarantined:mail_kills_handler",
                             "it-in/7/3 logged"}));
  inject_arm("factory.decide=throw");
  ASSERT_TRUE(take({call_item(4, "gold")}));
  EXPECT_EQ(ledger().at(3), "it-in/7/4 quarantined:mail_kills_handler");
  EXPECT_EQ(context->notes->failures("it-in/7/4"), 2u);
  EXPECT_EQ(count(keys::kind::call), 2u);
  EXPECT_EQ(numbers.next_call, 3u);
}

TEST_F(ingest_test, a_mail_whose_rules_throw_once_is_logged_once) {
  inject_arm("factory.decide=throw@1");
  ASSERT_TRUE(take({call_item(1, "red")}));
  EXPECT_EQ(ledger(), names{"it-in/7/1 logged"});
  EXPECT_EQ(count(keys::kind::call), 1u);
  EXPECT_EQ(count(keys::kind::mail), 1u);
  EXPECT_EQ(numbers.next_mail, 2u);
}

TEST_F(ingest_test, a_large_mail_staged_before_a_crash_is_cleared_away_and_taken_again) {
  auto large = call_item(1, "red");
  auto bytes = *large.raw + std::string(9u << 20, 'x');
  large.raw = std::make_shared<const std::string>(bytes);
  inject_arm("factory.before_commit=throw");
  EXPECT_THROW((void)take({large}), std::runtime_error);
  inject_arm("");
  EXPECT_EQ(count(keys::kind::raw), 10u);
  EXPECT_EQ(count(keys::kind::staging), 1u);
  restart();
  EXPECT_EQ(count(keys::kind::raw), 0u);
  EXPECT_EQ(count(keys::kind::staging), 0u);
  ASSERT_TRUE(take({large}));
  EXPECT_EQ(raw_of(1), bytes);
  EXPECT_EQ(count(keys::kind::staging), 0u);
  EXPECT_EQ(record<record::v1::Mail>(keys::mail(mail_id{1})).chunks(), 10u);
  restart();
  EXPECT_EQ(raw_of(1), bytes);
}
#endif

TEST_F(ingest_test, a_mail_staged_by_the_poller_is_kept_and_a_copy_of_it_is_erased) {
  for (uint64_t uid : {1, 2}) ASSERT_TRUE(take({staged_item(uid)}));
  EXPECT_EQ(ledger(),
            (names{"it-in/7/1 quarantined:mail_too_large", "it-in/7/2 suppressed:duplicate"}));
  EXPECT_EQ(raw_of(1), "a very large mail");
  EXPECT_EQ(raw_of(2), "");
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

TEST_F(ingest_test, what_a_second_life_of_the_poller_staged_anew_is_erased_when_it_is_offered) {
  auto first = staged_item(1), second = staged_item(1);
  ASSERT_NE(first.staged, second.staged);
  ASSERT_TRUE(take({first}));
  EXPECT_EQ(count(keys::kind::raw), 2u);
  ASSERT_TRUE(take({second}));
  EXPECT_EQ(raw_of(first.staged.value), "a very large mail");
  EXPECT_EQ(raw_of(second.staged.value), "");
  EXPECT_EQ(count(keys::kind::staging), 0u);
  EXPECT_EQ(ledger(), names{"it-in/7/1 quarantined:mail_too_large"});
}

TEST_F(ingest_test, of_two_offers_of_a_staged_mail_in_one_round_the_first_is_kept) {
  auto first = staged_item(1), second = staged_item(1);
  ASSERT_TRUE(take({batch_of({first}), batch_of({second}), batch_of({first})}));
  EXPECT_EQ(raw_of(first.staged.value), "a very large mail");
  EXPECT_EQ(raw_of(second.staged.value), "");
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

TEST_F(ingest_test, a_repeated_offer_of_a_staged_mail_erases_nothing) {
  auto item = staged_item(1);
  ASSERT_TRUE(take({batch_of({item}), batch_of({item})}));
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(raw_of(item.staged.value), "a very large mail");
}

TEST_F(ingest_test, an_id_given_away_for_a_staged_mail_is_not_given_to_another_after_a_restart) {
  ASSERT_TRUE(ingest::reserve(*unit, owner, numbers));
  restart();
  EXPECT_EQ(numbers.next_mail, 2u);
  ASSERT_TRUE(take({call_item(1, "red")}));
  EXPECT_EQ(record<record::v1::LedgerEntry>(keys::ledger(call_item(1, "red").key)).mail(), 2u);
}

TEST_F(ingest_test, an_owner_that_was_replaced_can_write_nothing) {
  ASSERT_TRUE(unit->claim());
  auto before = contents();
  EXPECT_EQ(take({call_item(1, "red")}).code(), ec::stale_epoch);
  EXPECT_EQ(ingest::reserve(*unit, owner, numbers).code(), ec::stale_epoch);
  EXPECT_EQ(contents(), before);
}

TEST_F(ingest_test, the_same_mails_decided_again_on_an_empty_disk_give_the_same_bytes) {
  auto items = std::vector{call_item(1, "red"), quarantined_item(2, "garbage"),
                           call_item(3, "blue"), call_item(4, "red")};
  ASSERT_TRUE(take(items));
  auto before = contents();
  unit = *engine->open("partition-SUPPORT");
  owner = *unit->claim();
  restart();
  ASSERT_TRUE(take(items));
  EXPECT_EQ(contents(), before);
}

TEST_F(ingest_test, mails_of_a_server_that_was_configured_away_are_decided_by_the_pollers_rules) {
  config.clear_incoming();
  ASSERT_TRUE(take({call_item(1, "red")}));
  EXPECT_EQ(record<record::v1::Call>(keys::call(call_number{1})).decision().server(), "it-in");
}

TEST_F(ingest_test, a_broken_number_or_record_is_reported_and_nothing_is_decided) {
  storage::write_batch bad;
  bad.put(keys::meta("next_call"), "many");
  ASSERT_TRUE(unit->commit(owner, std::move(bad)));
  EXPECT_EQ(ingest::load(*unit, owner, context->random).code(), ec::corrupt_record);
  storage::write_batch worse;
  worse.put(keys::mailbox(mailbox_id{"it-in"}), "\xff\xff");
  ASSERT_TRUE(unit->commit(owner, std::move(worse)));
  EXPECT_EQ(ingest::look_up(*unit, {batch_of({})}, {}, *model_of(config), *reply_keys).code(),
            ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test

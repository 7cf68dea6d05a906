#include "storage/audit_trail.hpp"
#include "tests/actors/factory_fixture.hpp"

namespace postroom::actors::test {
namespace {

using partitions::call_change;
using record::v1::CallUpdate;

/// What a person changes of a call, committed between two rounds.
struct call_change_test : factory_test {
  call_change_test() { config.add_groups("Network"); }
  /// A partition with one call.
  void start_with_a_call() {
    start();
    ASSERT_TRUE(give({call_item(1, "red")})->value);
  }
  /// A mail to her came back.
  void mark_una() {
    auto bounced = std::make_shared<resolve_people>();
    bounced->partition = partition_id{"IT"};
    auto& mark = bounced->marks.emplace_back();
    mark.set_address("una@example.com");
    mark.set_status("5.1.1");
    ASSERT_TRUE(ask<people_resolved>(directory_of_all, resolve_request{bounced})->value);
  }
  static call_change closing(const std::string& text = {}) {
    return {record::v1::CLOSED, "", text, "", ""};
  }
  CallUpdate update(uint32_t sequence) const {
    return record<CallUpdate>(keys::call_update(call_number{1}, sequence));
  }
};

TEST_F(call_change_test, a_close_is_on_disk_with_its_update_and_its_audit_entry) {
  start_with_a_call();
  auto got = change(1, closing("It prints again."));
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(call(1).state(), record::v1::CLOSED);
  EXPECT_EQ(call(1).closed_at(), to_millis(noon));
  EXPECT_EQ(call(1).updates(), 1u);
  EXPECT_EQ(got->value->call->SerializeAsString(), call(1).SerializeAsString());
  EXPECT_EQ(got->value->update->SerializeAsString(), update(1).SerializeAsString());
  EXPECT_EQ(update(1).kind(), CallUpdate::CHANGE);
  EXPECT_EQ(update(1).text(), "It prints again.");
  const auto trail = all<record::v1::AuditEntry>(keys::kind::audit_chain);
  ASSERT_EQ(trail.size(), 1u);
  EXPECT_EQ(trail[0].what(), "call changed");
  EXPECT_EQ(trail[0].detail(), "call IT-000001");
  EXPECT_EQ(trail[0].who(), "olga");
  EXPECT_EQ(trail[0].reason(), "asked by phone");
  EXPECT_EQ(trail[0].from(), "10.0.0.7");
  EXPECT_EQ(trail[0].before(), "state: OPEN");
  EXPECT_EQ(trail[0].after(), "state: CLOSED; a text was added");
  EXPECT_EQ(trail[0].at(), update(1).at()) << "the history shows both as one event";
}

TEST_F(call_change_test, only_an_open_call_is_found_by_its_people) {
  start_with_a_call();
  const auto open = count(keys::kind::open_call_of);
  EXPECT_GT(open, 0u);
  ASSERT_TRUE(change(1, closing())->value);
  EXPECT_EQ(count(keys::kind::open_call_of), 0u);
  ASSERT_TRUE(change(1, {record::v1::OPEN, "", "", "", ""})->value);
  EXPECT_EQ(count(keys::kind::open_call_of), open);
}

TEST_F(call_change_test, what_is_so_already_is_answered_and_leaves_no_trace) {
  start_with_a_call();
  ASSERT_TRUE(change(1, closing())->value);
  const auto commits = count(keys::kind::audit_chain);
  auto again = change(1, closing());
  ASSERT_TRUE(again->value);
  EXPECT_FALSE(again->value->update);
  EXPECT_EQ(again->value->call->state(), record::v1::CLOSED);
  EXPECT_EQ(call(1).updates(), 1u);
  EXPECT_EQ(count(keys::kind::audit_chain), commits);
}

TEST_F(call_change_test, updates_are_numbered_in_order) {
  start_with_a_call();
  ASSERT_TRUE(change(1, closing())->value);
  ASSERT_TRUE(change(1, {record::v1::OPEN, "Network", "", "", ""})->value);
  EXPECT_EQ(update(2).sequence(), 2u);
  EXPECT_EQ(call(1).group(), "Network");
  EXPECT_EQ(call(1).closed_at(), 0);
  EXPECT_EQ(count(keys::kind::call_update), 2u);
}

TEST_F(call_change_test, a_group_or_a_call_that_is_not_there_is_refused_and_the_factory_goes_on) {
  start_with_a_call();
  const auto no_group = change(1, {{}, "Nobody", "", "", ""});
  EXPECT_EQ(no_group->failed.code, ec::config_invalid);
  EXPECT_EQ(no_group->failed.detail,
            "group: partition IT has no such group; use one of: First line, Network");
  EXPECT_EQ(change(9, closing())->failed.code, ec::not_found);
  EXPECT_EQ(count(keys::kind::call_update), 0u);
  EXPECT_FALSE(death->dead);
  EXPECT_TRUE(change(1, closing())->value);
}

TEST_F(call_change_test, a_change_during_a_round_waits_for_its_commit_and_comes_before_the_next) {
  start();
  pool.held = true;
  auto round = give({call_item(1, "red")});
  auto late = change(1, closing());
  auto next = give({call_item(2, "blue")});
  EXPECT_EQ(pool.jobs.size(), 1u);
  work();
  EXPECT_TRUE(round->value && next->value);
  EXPECT_TRUE(late->value) << "the round it waited for made the call";
}

TEST_F(call_change_test, a_disk_that_fails_is_answered_and_ends_the_factory) {
  start_with_a_call();
  disk->commits.push_back({fail(ec::store_io)});
  EXPECT_EQ(change(1, closing())->failed.code, ec::store_io);
  EXPECT_TRUE(death->dead);
  EXPECT_EQ(call(1).state(), record::v1::OPEN);
}

TEST_F(call_change_test, drain_finishes_a_change) {
  start_with_a_call();
  pool.held = true;
  auto got = change(1, closing());
  drain_now(life);
  EXPECT_FALSE(death->dead);
  work();
  EXPECT_TRUE(got->value);
  EXPECT_TRUE(death->dead);
}

TEST_F(call_change_test, more_than_can_be_made_at_once_are_refused) {
  start_with_a_call();
  pool.held = true;
  std::vector<std::shared_ptr<answer<call_changed>>> all_of_them;
  for (int i = 0; i < 66; ++i) all_of_them.push_back(change(1, closing()));
  EXPECT_EQ(all_of_them.back()->failed.code, ec::overloaded);
  work();
  EXPECT_TRUE(all_of_them.front()->value);
}

TEST_F(call_change_test, whom_the_texts_name_is_told_in_the_same_commit) {
  auto& n = *config.mutable_texts()->add_notifications();
  n.set_event("closed");
  n.set_audience("user");
  n.mutable_content()->set_text("{{call}} is closed: {{reason}}");
  auto& a = *config.add_group_addresses();
  a.set_group("Network");
  a.set_address("network@example.net");
  auto& g = *config.mutable_texts()->add_notifications();
  g.set_event("assigned");
  g.set_audience("group");
  g.mutable_content()->set_text("{{call}} is yours");
  start_with_a_call();
  const auto before = nudges;
  ASSERT_TRUE(change(1, {record::v1::CLOSED, "Network", "", "olga", "done"})->value);
  const auto mails = all<record::v1::OutboxEntry>(keys::kind::outbox);
  ASSERT_EQ(mails.size(), 3u) << "the acknowledgement and these";
  EXPECT_EQ(mails[1].recipients(0).address(), "una@example.com");
  EXPECT_EQ(mails[1].text(), "IT-000001 is closed: asked by phone");
  EXPECT_EQ(mails[2].recipients(0).address(), "network@example.net");
  EXPECT_EQ(nudges, before + 1);
  ASSERT_TRUE(give({call_item(2, "blue")})->value);
  EXPECT_EQ(all<record::v1::OutboxEntry>(keys::kind::outbox).size(), 4u) << "numbers go on";
}

TEST_F(call_change_test, whom_a_mail_made_known_is_told_in_its_language) {
  auto& n = *config.mutable_texts()->add_notifications();
  n.set_event("logged");
  n.set_audience("user");
  n.set_language("de");
  n.mutable_content()->set_text("{{call}} ist angelegt");
  const std::string german =
      "Guten Tag, der Drucker auf dem Flur ist kaputt und wir haben nicht mehr viel Papier. Bitte "
      "sehen Sie sich das heute noch an, denn die Rechnungen sind mit der Post zu senden.\r\n";
  start_with_a_call();
  ASSERT_TRUE(give({item_of(2, "m2@x", "gerda@example.net", "Subject: Drucker\r\n", german),
                    item_of(3, "m3@x", "lee@example.net", "Subject: x\r\n", "Hm.\r\n")})
                  ->value);
  const auto mails = all<record::v1::OutboxEntry>(keys::kind::outbox);
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_EQ(mails[1].text(), "IT-000002 ist angelegt");
  EXPECT_EQ(mails[2].text().find("angelegt"), std::string::npos) << "nobody knows the language";
}

TEST_F(call_change_test, who_cannot_be_reached_is_not_told_and_the_update_says_so) {
  for (const auto* event : {"closed", "assigned"}) {
    auto& n = *config.mutable_texts()->add_notifications();
    n.set_event(event);
    n.set_audience("user");
    n.mutable_content()->set_text("{{call}} is " + std::string(event));
  }
  start_with_a_call();
  mark_una();
  ASSERT_TRUE(change(1, {record::v1::CLOSED, "Network", "", "", ""})->value);
  EXPECT_EQ(all<record::v1::OutboxEntry>(keys::kind::outbox).size(), 1u) << "the acknowledgement";
  ASSERT_EQ(update(1).notes_size(), 1) << "once, for both events";
  EXPECT_EQ(update(1).notes(0).find("The user is not told at una@example.com"), 0u);
  // A mail from there shows that somebody reads there again.
  ASSERT_TRUE(give({call_item(2, "blue")})->value);
  ASSERT_TRUE(change(2, closing())->value);
  EXPECT_EQ(all<record::v1::OutboxEntry>(keys::kind::outbox).size(), 3u);
}

TEST_F(call_change_test, an_update_by_mail_says_too_who_cannot_be_reached) {
  auto& n = *config.mutable_texts()->add_notifications();
  n.set_event("updated");
  n.set_audience("user");
  n.mutable_content()->set_text("{{call}} has news");
  ASSERT_TRUE(ask<done_message>(directory_of_all, sync_people{model_of(config)})->value);
  start_with_a_call();
  mark_una();
  ASSERT_TRUE(give({item_of(2, "m2@x", "ana@example.org", "Subject: [IT-000001] red\r\n")})->value);
  ASSERT_EQ(update(1).kind(), CallUpdate::REPLY);
  ASSERT_EQ(update(1).notes_size(), 1);
  EXPECT_EQ(update(1).notes(0).find("The user is not told at una@example.com"), 0u);
  EXPECT_EQ(all<record::v1::OutboxEntry>(keys::kind::outbox).size(), 1u) << "the acknowledgement";
}

}  // namespace
}  // namespace postroom::actors::test

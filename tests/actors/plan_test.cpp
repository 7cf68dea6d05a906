#include "actors/node.hpp"
#include "actors/poller_plan.hpp"
#include "actors/settings.hpp"
#include "tests/actors/world.hpp"

namespace postroom::actors::test {
namespace {

channels::listed_mail listed(uint64_t uid) {
  return {uid, "", 10, std::nullopt};
}

record::v1::MailKey box_key(const std::string& name = "it-in", uint64_t validity = 7) {
  record::v1::MailKey key;
  key.set_mailbox(name);
  key.set_uid_validity(validity);
  return key;
}

TEST(plan_settings, fill_in_every_default) {
  auto s = plan::settings_of(config::v1::IncomingServer{});
  EXPECT_EQ(s.addressing, plan::addressing::uid);
  EXPECT_EQ(s.start.kind, partitions::start_kind::now);
  EXPECT_EQ(s.action, channels::after_commit::leave);
  EXPECT_EQ(s.poll_interval, duration{60'000});
  EXPECT_EQ(s.max_mail_bytes, 64u << 20);
  EXPECT_EQ(s.window_count, 512u);
  EXPECT_EQ(s.window_bytes, 8u << 20);
  EXPECT_EQ(s.max_messages_per_session, 0u);
}

TEST(plan_settings, take_what_is_configured) {
  config::v1::IncomingServer in;
  in.set_protocol("POP3");
  in.set_start_from("2026-11-01");
  in.set_after_commit("move");
  in.set_move_to("Done");
  in.set_poll_interval("5m");
  in.set_max_mail_size("1MiB");
  in.set_window_count(3);
  in.set_window_size("4KiB");
  in.set_max_messages_per_session(9);
  auto s = plan::settings_of(in);
  EXPECT_EQ(s.addressing, plan::addressing::session);
  EXPECT_EQ(s.start.kind, partitions::start_kind::date);
  EXPECT_EQ(s.action, channels::after_commit::move);
  EXPECT_EQ(s.move_to, "Done");
  EXPECT_EQ(s.poll_interval, duration{300'000});
  EXPECT_EQ(s.max_mail_bytes, 1u << 20);
  EXPECT_EQ(s.window_count, 3u);
  EXPECT_EQ(s.window_bytes, 4096u);
  EXPECT_EQ(s.max_messages_per_session, 9u);
  in.set_after_commit("delete");
  EXPECT_EQ(plan::settings_of(in).action, channels::after_commit::remove);
  in.set_after_commit("mark_seen");
  EXPECT_EQ(plan::settings_of(in).action, channels::after_commit::mark_seen);
}

// --- what is from before the start ---

constexpr time_point the_23rd = noon - duration{12 * 3'600'000};

plan::settings starts(const std::string& from, bool pop3 = false) {
  config::v1::IncomingServer in;
  in.set_start_from(from);
  in.set_protocol(pop3 ? "POP3" : "IMAP");
  return plan::settings_of(in);
}

/// A mailbox that has begun at noon.
record::v1::MailboxState begun(bool renumbered = false) {
  record::v1::MailboxState s;
  s.set_started_at(to_millis(noon));
  s.set_baseline_date(to_millis(noon));
  if (renumbered) s.add_earlier_validities(6);
  return s;
}

TEST(plan_start, goes_by_the_servers_date_of_arrival) {
  struct row {
    const char* what;
    plan::settings settings;
    record::v1::MailboxState cursor;
    std::optional<time_point> arrived;
    bool before;
  };
  const duration ms{1};
  for (const auto& r : {
           row{"not begun: whatever is there", starts("now"), {}, noon, true},
           row{"not begun, POP3", starts("now", true), {}, {}, true},
           row{"all", starts("all"), begun(true), the_23rd - ms, false},
           row{"a date: the day before", starts("2026-11-23"), begun(), the_23rd - ms, true},
           row{"a date: the day itself", starts("2026-11-23"), begun(), the_23rd, false},
           row{"a date, arrival unknown", starts("2026-11-23"), begun(), {}, false},
           row{"now, UIDs as they were", starts("now"), begun(), noon - ms, false},
           row{"now, new UIDs, old mail", starts("now"), begun(true), noon - ms, true},
           row{"now, new UIDs, new mail", starts("now"), begun(true), noon, false},
           row{"now, new UIDs, unknown", starts("now"), begun(true), {}, false},
           row{"POP3 tells no arrival", starts("2026-11-23", true), begun(), the_23rd - ms, false},
       })
    EXPECT_EQ(plan::before_start(r.settings, r.cursor, {3, "", 10, r.arrived}), r.before) << r.what;
}

TEST(plan_start, goes_by_the_date_header_where_a_pop3_server_tells_no_date_of_arrival) {
  struct row {
    const char* what;
    plan::settings settings;
    record::v1::MailboxState cursor;
    std::optional<time_point> not_before;
  };
  for (const auto& r : {
           row{"a date", starts("2026-11-23", true), begun(), the_23rd},
           row{"a date, not begun", starts("2026-11-23", true), {}, the_23rd},
           row{"now, with a day of grace", starts("now", true), begun(),
               noon - duration{24 * 3'600'000}},
           row{"now, not begun", starts("now", true), {}, {}},
           row{"all", starts("all", true), begun(), {}},
           row{"IMAP, a date", starts("2026-11-23"), begun(), {}},
           row{"IMAP, now", starts("now"), begun(true), {}},
       })
    EXPECT_EQ(plan::not_before(r.settings, r.cursor), r.not_before) << r.what;
}

struct plan_test : testing::Test, world {
  void put(std::string key, std::string value = "") {
    storage::write_batch b;
    b.put(std::move(key), std::move(value));
    ASSERT_TRUE(unit->commit(owner, std::move(b)));
  }
  mail_item item_of(const std::string& raw, std::optional<time_point> not_before = {}) {
    plan::arrival a{listed(3), std::make_shared<const std::string>(raw)};
    return plan::to_item(a, {box_key(), not_before, noon, context->notes.get()});
  }
};

TEST_F(plan_test, a_listing_is_held_against_the_ledger_of_this_mailbox_and_validity) {
  put(keys::ledger(plan::key_of(box_key(), listed(2))), "x");
  put(keys::ledger(plan::key_of(box_key(), listed(3))), "x");
  put(keys::pending_action(plan::key_of(box_key(), listed(3))));
  put(keys::ledger(plan::key_of(box_key("it-in", 6), listed(1))), "x");
  put(keys::ledger(plan::key_of(box_key("it-other"), listed(1))), "x");
  auto got = plan::filter(*unit, box_key(), {listed(1), listed(2), listed(3)});
  ASSERT_TRUE(got);
  std::vector<std::pair<bool, bool>> flags;
  for (const auto& l : *got) flags.emplace_back(l.has_outcome, l.action_pending);
  EXPECT_EQ(flags,
            (std::vector<std::pair<bool, bool>>{{false, false}, {true, false}, {true, true}}));
}

TEST_F(plan_test, a_pop3_mail_is_known_by_its_uidl_whatever_its_number_is_now) {
  auto box = box_key("it-pop", 0);
  put(keys::ledger(plan::key_of(box, {1, "abc", 10, std::nullopt})), "x");
  auto got = plan::filter(*unit, box, {{5, "abc", 10, std::nullopt}, {1, "def", 10, std::nullopt}});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->at(0).has_outcome);
  EXPECT_FALSE(got->at(1).has_outcome);
}

TEST_F(plan_test, pending_actions_are_those_of_this_mailbox_and_validity) {
  for (auto [name, validity, uid] : {std::tuple{"it-in", 6, 1},
                                     {"it-in", 7, 2},
                                     {"it-in", 7, 300},
                                     {"it-in", 8, 4},
                                     {"it-im", 7, 5},
                                     {"it-in2", 7, 6}})
    put(keys::pending_action(plan::key_of(box_key(name, static_cast<uint64_t>(validity)),
                                          listed(static_cast<uint64_t>(uid)))));
  auto got = plan::pending_actions(*unit, box_key());
  ASSERT_TRUE(got);
  std::vector<uint64_t> uids;
  for (const auto& m : *got) uids.push_back(m.uid);
  EXPECT_EQ(uids, (std::vector<uint64_t>{2, 300}));
}

TEST_F(plan_test, pending_actions_end_with_the_mailbox_also_where_a_namesake_follows) {
  put(keys::pending_action(plan::key_of(box_key(), listed(2))));
  put(keys::pending_action(plan::key_of(box_key("it-in2"), listed(3))));
  auto got = plan::pending_actions(*unit, box_key());
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 1u);
  EXPECT_EQ(got->at(0).uid, 2u);
}

TEST_F(plan_test, a_readable_mail_becomes_a_call_item) {
  auto item = item_of(raw_mail("red"));
  EXPECT_EQ(item.what, mail_item::kind::call);
  EXPECT_EQ(item.parsed->subject, "red");
  EXPECT_EQ(item.content_hash, item.parsed->content_hash);
  EXPECT_EQ(ingest::render_key(item.key), "it-in/7/3");
  EXPECT_EQ(item.seen_at, noon);
  EXPECT_EQ(item.bytes(), raw_mail("red").size());
}

TEST_F(plan_test, what_no_call_can_be_made_of_is_quarantined_with_its_bytes) {
  auto garbage = item_of(std::string(40, '\0'));
  EXPECT_EQ(garbage.what, mail_item::kind::quarantine);
  EXPECT_EQ(garbage.reason, "mail_unparsable");
  EXPECT_EQ(garbage.bytes(), 40u);
  EXPECT_FALSE(garbage.content_hash.empty());
  auto nobody = item_of("Subject: hello\r\n\r\nwho am I\r\n");
  EXPECT_EQ(nobody.reason, "mail_without_sender");
  EXPECT_NE(nobody.content_hash, garbage.content_hash);
}

TEST_F(plan_test, a_mail_dated_before_the_start_becomes_no_call_and_keeps_no_bytes) {
  auto eleven = noon - duration{3'600'000};
  EXPECT_EQ(item_of(raw_mail("red"), eleven).what, mail_item::kind::call);
  auto old = item_of(raw_mail("red"), eleven + duration{1000});
  EXPECT_EQ(old.what, mail_item::kind::suppress);
  EXPECT_EQ(old.reason, "before_start");
  EXPECT_EQ(old.bytes(), 0u);
  EXPECT_EQ(item_of("From: a@example.com\r\n\r\nundated\r\n", noon).what, mail_item::kind::call);
}

#ifdef POSTROOM_INJECTION
TEST_F(plan_test, a_mail_that_makes_the_parser_throw_twice_is_quarantined) {
  inject_arm("poller.parse=throw@1");
  EXPECT_EQ(item_of(raw_mail("red")).what, mail_item::kind::call);
  EXPECT_EQ(context->notes->failures("it-in/7/3"), 1u);
  inject_arm("poller.parse=throw");
  auto item = item_of(raw_mail("red"));
  EXPECT_EQ(item.what, mail_item::kind::quarantine);
  EXPECT_EQ(item.reason, "mail_kills_handler");
  EXPECT_EQ(*item.raw, raw_mail("red"));
  inject_arm("");
  EXPECT_EQ(item_of(raw_mail("red")).reason, "mail_kills_handler");
}
#endif

config::v1::Partition part(const std::string& id, const std::string& name = "n") {
  config::v1::Partition p;
  p.set_id(id);
  p.set_name(name);
  return p;
}

std::string ids(const config::v1::Settings& s) {
  std::string out;
  for (const auto& p : s.partitions()) out += p.id() + ":" + p.name() + " ";
  return out;
}

TEST(merged, replaces_partitions_of_the_same_id_keeps_the_others_and_orders_them) {
  config::v1::Settings now;
  *now.add_partitions() = part("HR");
  *now.add_partitions() = part("IT");
  change_settings change;
  change.partitions = {part("IT", "new"), part("FIN")};
  EXPECT_EQ(ids(merged(now, change)), "FIN:n HR:n IT:new ");
  change.prune = true;
  EXPECT_EQ(ids(merged(now, change)), "FIN:n IT:new ");
}

TEST(merged, keeps_the_general_settings_unless_new_ones_are_given) {
  config::v1::Settings now;
  now.mutable_general()->set_default_format("PLAIN");
  change_settings change;
  EXPECT_EQ(merged(now, change).general().default_format(), "PLAIN");
  change.general.emplace();
  EXPECT_EQ(merged(now, change).general().default_format(), "");
  EXPECT_FALSE(merged({}, {}).has_general());
}

TEST(merged, keeps_two_partitions_of_one_id_so_that_the_check_can_refuse_them) {
  change_settings change;
  change.partitions = {part("IT", "a"), part("IT", "b")};
  EXPECT_EQ(ids(merged({}, change)), "IT:a IT:b ");
}

/// As the settings of a server have it.
struct server_rules_test : plan_test {
  mail_item item_by(const std::string& raw) {
    plan::item_rules rules{box_key(), {}, noon, context->notes.get()};
    rules.server = &server;
    return plan::to_item({listed(3), std::make_shared<const std::string>(raw)}, rules);
  }
  static std::string with(const std::string& fields) {
    return fields + "From: una@example.com\r\nSubject: x\r\n\r\nText.\r\n";
  }
  config::v1::IncomingServer server;
};

TEST_F(server_rules_test, reports_and_automatic_answers_are_notices_unless_they_shall_be_calls) {
  for (const char* fields : {"Auto-Submitted: auto-replied\r\n", "X-Autoreply: yes\r\n"}) {
    server.clear_reports();
    EXPECT_EQ(item_by(with(fields)).what, mail_item::kind::notice) << fields;
    server.set_reports("log");
    EXPECT_EQ(item_by(with(fields)).what, mail_item::kind::call) << fields;
  }
  server.clear_reports();
  for (const char* fields : {"", "Precedence: list\r\n", "Auto-Submitted: auto-generated\r\n"})
    EXPECT_EQ(item_by(with(fields)).what, mail_item::kind::call) << fields;
}

TEST_F(server_rules_test, a_notice_needs_no_sender) {
  const auto item = item_by("Auto-Submitted: auto-replied\r\nSubject: away\r\n\r\nText.\r\n");
  EXPECT_EQ(item.what, mail_item::kind::notice);
}

TEST_F(server_rules_test, a_sender_who_is_proved_wrong_is_put_aside_where_the_server_wants_it) {
  const std::string trace =
      "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com\r\n"
      "Received: from x.example.net by mx.example.org; Mon, 23 Nov 2026 11:00:00 +0000\r\n";
  server.add_authserv_ids("mx.example.org");
  EXPECT_EQ(item_by(with(trace)).what, mail_item::kind::call);
  EXPECT_EQ(item_by(with(trace)).trust.kind, mail::trust::unaligned);
  server.set_unaligned("quarantine");
  EXPECT_EQ(item_by(with(trace)).what, mail_item::kind::quarantine);
  EXPECT_EQ(item_by(with(trace)).reason, "sender_unaligned");
  EXPECT_EQ(item_by(with("")).what, mail_item::kind::call);
}

TEST_F(server_rules_test, an_address_beside_from_does_not_pass_by_the_quarantine) {
  server.add_authserv_ids("mx.example.org");
  server.set_unaligned("quarantine");
  const std::string trace =
      "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com\r\n"
      "Received: from x.example.net by mx.example.org; Mon, 23 Nov 2026 11:00:00 +0000\r\n";
  for (const char* from : {"", "From:\r\n", "From: Una\r\n", "From: \"Una una@example.com\r\n"})
    EXPECT_EQ(item_by(trace + from + "Sender: una@example.com\r\nSubject: x\r\n\r\nx\r\n").reason,
              "sender_unaligned")
        << from;
}

TEST_F(server_rules_test, a_sender_is_judged_although_all_lines_end_in_a_bare_carriage_return) {
  auto mail = with(
      "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com\r\n"
      "Received: from x.example.net by mx.example.org; Mon, 23 Nov 2026 11:00:00 +0000\r\n");
  server.add_authserv_ids("mx.example.org");
  std::erase(mail, '\n');
  EXPECT_EQ(item_by(mail).trust.kind, mail::trust::unaligned);
}

TEST_F(server_rules_test, the_safe_html_is_made) {
  const auto item = item_by(
      "From: una@example.com\r\nContent-Type: text/html\r\n\r\n<p>Hi"
      "<script>x()</script></p>\r\n");
  EXPECT_NE(item.parsed->html.find("Hi"), std::string::npos);
  EXPECT_EQ(item.parsed->html.find("script"), std::string::npos);
}

}  // namespace
}  // namespace postroom::actors::test

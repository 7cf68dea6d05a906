#include "app/admin_reads.hpp"

#include "tests/app/stores.hpp"

namespace postroom::app {
namespace {

using record::v1::OutboxRecipient;

struct admin_reads : testing::Test, two_partitions {};

}  // namespace

TEST_F(admin_reads, a_call_is_found_by_its_number_in_any_case_with_its_mails) {
  it.call(123, 1, "printer");
  it.outbox(7, 2, 123, OutboxRecipient::SENT);
  it.outbox(8, 3, 124, OutboxRecipient::SENT);
  for (const auto* name : {"IT-000123", "it-000123", "It-123"}) {
    admin::v1::GetCallRequest request;
    request.set_call(name);
    const auto got = get_call(units, request);
    ASSERT_TRUE(got) << name;
    EXPECT_EQ(got->call().subject(), "printer");
    EXPECT_EQ(got->call().text(), "the whole text");
    ASSERT_EQ(got->mails_sent_size(), 1);
    EXPECT_EQ(got->mails_sent(0).id(), 7u);
    EXPECT_EQ(got->mails_sent(0).text(), "body");
  }
}

TEST_F(admin_reads, a_partition_code_may_hold_hyphens) {
  filled_unit eu{*engine, "IT-EU"};
  eu.call(5, 1, "from far away");
  admin::v1::GetCallRequest request;
  request.set_call("it-eu-000005");
  const auto got = get_call([&] { return std::vector{eu.unit()}; }, request);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->call().subject(), "from far away");
}

TEST_F(admin_reads, what_is_no_call_number_is_refused_with_an_example) {
  for (const auto* name :
       {"", "IT", "IT-", "-1", "IT-0", "IT-1x", "IT-99999999999999999999999", "IT 1"}) {
    admin::v1::GetCallRequest request;
    request.set_call(name);
    const auto got = get_call(units, request);
    ASSERT_EQ(got.code(), ec::config_invalid) << name;
    EXPECT_NE(got.error().detail.find("IT-000123"), std::string::npos);
  }
}

TEST_F(admin_reads, a_missing_call_and_a_missing_partition_are_told_apart) {
  admin::v1::GetCallRequest request;
  request.set_call("IT-9");
  EXPECT_EQ(get_call(units, request).error().detail.find("there is no call IT-000009"), 0u);
  request.set_call("ZZ-9");
  EXPECT_EQ(get_call(units, request).error().detail, "partition ZZ is not open; open are: HR, IT");
}

TEST_F(admin_reads, signature_and_quotation_of_a_text_are_folded_unless_all_is_asked_for) {
  record::v1::Call c;
  c.set_number(5);
  c.set_text("It burns.\n\n-- \nAnn\n> Is it on?\n> A. Lyst");
  c.set_signature_at(11);
  c.set_quoted_at(19);
  it.put(storage::keys::call(call_number{5}), c.SerializeAsString());
  record::v1::CallUpdate u;
  u.set_sequence(1);
  u.set_text("Yes.\n> No?\n");
  u.set_quoted_at(5);
  it.put(storage::keys::call_update(call_number{5}, 1), u.SerializeAsString());
  u.set_sequence(2);
  u.set_text("\n> all of it\n");
  u.set_quoted_at(1);
  it.put(storage::keys::call_update(call_number{5}, 2), u.SerializeAsString());
  admin::v1::GetCallRequest request;
  request.set_call("IT-5");
  const auto got = get_call(units, request);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->call().text(), "It burns.\n\n");
  EXPECT_EQ(got->updates(0).text(), "Yes.\n");
  EXPECT_EQ(got->updates(1).text(), "\n> all of it\n") << "there is nothing else to read";
  ASSERT_EQ(got->folded_size(), 2);
  EXPECT_EQ(got->folded(0).update(), 0u);
  EXPECT_EQ(got->folded(0).signature_lines(), 2u);
  EXPECT_EQ(got->folded(0).quoted_lines(), 2u);
  EXPECT_EQ(got->folded(1).update(), 1u);
  EXPECT_EQ(got->folded(1).quoted_lines(), 1u);
  request.set_full(true);
  const auto whole = get_call(units, request);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->call().text(), c.text());
  EXPECT_EQ(whole->folded_size(), 0);
}

TEST_F(admin_reads, the_safe_html_of_a_mail_is_for_who_may_read_the_mail) {
  it.mail(4, {"raw"}, 3);
  it.put(storage::keys::safe_html(mail_id{4}), "<p>It <b>burns</b>.</p>");
  it.mail(5, {"raw"}, 3);
  it.mail(6, {"raw"}, 3);
  it.put(storage::keys::safe_html(mail_id{6}), "<p>secret</p>");
  it.quarantine(6, 1);
  const access::caller kim{"kim", "10.0.0.9", {{access::right::VIEW_CALLS, {true, {}}}}};
  admin::v1::GetHtmlRequest request;
  request.set_partition("IT");
  request.set_mail(4);
  const auto html = get_html(units, request, kim);
  ASSERT_TRUE(html) << html.error().text();
  EXPECT_EQ(html->html(), "<p>It <b>burns</b>.</p>");
  request.set_mail(5);
  EXPECT_EQ(get_html(units, request, kim).error().detail.find("mail IT/5 has no HTML"), 0u);
  for (const uint64_t out_of_reach : {6, 7}) {
    request.set_mail(out_of_reach);
    EXPECT_EQ(get_html(units, request, kim).error().detail,
              "there is no mail IT/" + std::to_string(out_of_reach) + " that you may see");
  }
  request.set_mail(4);
  EXPECT_EQ(get_html(units, request, access::caller{"eve", "", {}}).code(), ec::not_found);
}

TEST_F(admin_reads, a_raw_mail_is_put_together_from_its_chunks) {
  it.mail(4, {"From: a\r\n", "\r\n", std::string("\0\xff", 2)}, 13);
  it.mail(5, {"other"}, 5);
  admin::v1::GetRawRequest request;
  request.set_partition("IT");
  request.set_mail(4);
  const auto raw = get_raw(units, request, access::caller::machine_operator("root", "unix"));
  ASSERT_TRUE(raw) << raw.error().text();
  EXPECT_EQ(raw->raw(), std::string("From: a\r\n\r\n\0\xff", 13));
}

TEST_F(admin_reads, a_raw_mail_with_missing_chunks_is_an_error_not_a_shorter_mail) {
  it.mail(4, {"abc", "def"}, 6);
  it.erase(storage::keys::raw(mail_id{4}, 1));
  admin::v1::GetRawRequest request;
  request.set_partition("IT");
  request.set_mail(4);
  EXPECT_EQ(get_raw(units, request, access::caller::machine_operator("root", "unix")).code(),
            ec::corrupt_record);
  request.set_mail(9);
  EXPECT_EQ(get_raw(units, request, access::caller::machine_operator("root", "unix")).code(),
            ec::not_found);
}

TEST_F(admin_reads, the_ledger_comes_newest_first_and_is_counted_by_walking) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  (*s.mutable_outcomes())["logged"] = 5;
  it.state(s);
  for (uint64_t uid = 1; uid <= 5; ++uid) it.ledger("it-imap", uid, record::v1::LOGGED);
  it.ledger("it-imap2", 9, record::v1::LOGGED);
  admin::v1::GetLedgerRequest request;
  request.set_mailbox("it-imap");
  request.set_page_size(3);
  const auto first = get_ledger(units, request);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->partition(), "IT");
  EXPECT_EQ(first->entries_total(), 5u);
  EXPECT_EQ(first->state().outcomes().at("logged"), 5u);
  ASSERT_EQ(first->entries_size(), 3);
  EXPECT_EQ(first->entries(0).key().uid(), 5u);
  request.set_page_token(first->next_page_token());
  const auto second = get_ledger(units, request);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->entries_size(), 2);
  EXPECT_EQ(second->entries(1).key().uid(), 1u);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(admin_reads, a_ledger_token_leads_only_into_its_own_mailbox) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  it.state(s);
  admin::v1::GetLedgerRequest request;
  request.set_mailbox("it-imap");
  for (const auto* token : {"zz", "0", "ff", "10", "2069"}) {
    request.set_page_token(token);
    EXPECT_EQ(get_ledger(units, request).code(), ec::config_invalid) << token;
  }
}

TEST_F(admin_reads, a_mailbox_that_moved_is_read_where_it_started_last) {
  record::v1::MailboxState s;
  s.set_mailbox("shared");
  s.set_started_at(100);
  hr.state(s);
  s.set_started_at(200);
  it.state(s);
  admin::v1::GetLedgerRequest request;
  request.set_mailbox("shared");
  EXPECT_EQ(get_ledger(units, request)->partition(), "IT");
  request.set_mailbox("nobody");
  EXPECT_EQ(get_ledger(units, request).code(), ec::not_found);
}

}  // namespace postroom::app

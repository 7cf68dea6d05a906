#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

struct cli_calls : cli {
  void call(uint64_t number, const std::string& subject, const std::string& user,
            const std::string& priority) {
    record::v1::Call c;
    c.set_number(number);
    c.set_partition("IT");
    c.set_created_at(to_millis(system_now()) - static_cast<int64_t>(100 - number) * 3'600'000);
    c.set_subject(subject);
    c.mutable_user()->set_address(user);
    c.set_priority(priority);
    c.set_mail(4);
    if (number == 99) c.add_tags("VIP");
    it.put(storage::keys::call(call_number{number}), c.SerializeAsString());
  }
  void SetUp() override {
    cli::SetUp();
    call(10, "Old printer", "ann@example.org", "P1");
    call(98, "New printer", "bob@example.org", "P1");
    call(99, "New mouse", "ann@example.org", "P2");
  }
};

}  // namespace

TEST_F(cli_calls, are_filtered_by_what_the_command_line_says) {
  EXPECT_EQ(run({"calls", "--subject", "PRINTER", "--since", "2d"}), exit_done) << err.str();
  EXPECT_TRUE(shows("IT-000098"));
  EXPECT_FALSE(shows("IT-000099"));
  EXPECT_FALSE(shows("IT-000010"));
  EXPECT_EQ(run({"calls", "--user", "ann@", "--until", "2d"}), exit_done);
  EXPECT_TRUE(shows("IT-000010"));
  EXPECT_FALSE(shows("IT-000099"));
  EXPECT_EQ(run({"calls", "--priority", "P2"}), exit_done);
  EXPECT_TRUE(shows("IT-000099"));
  EXPECT_FALSE(shows("IT-000098"));
  EXPECT_EQ(run({"calls", "--state", "closed"}), exit_done);
  EXPECT_EQ(out.str(), "no calls\n");
  EXPECT_EQ(run({"calls", "--tag", "vip", "--state", "open"}), exit_done);
  EXPECT_TRUE(shows("IT-000099"));
  EXPECT_FALSE(shows("IT-000098"));
  EXPECT_EQ(run({"calls", "--state", "resolved"}), exit_failed);
  EXPECT_TRUE(complains("state: \"resolved\" is no state of a call"));
  EXPECT_EQ(run({"calls", "--server", "nowhere"}), exit_done);
  EXPECT_EQ(out.str(), "no calls\n");
}

TEST_F(cli_calls, a_time_that_is_none_is_wrong_usage) {
  EXPECT_EQ(run({"calls", "--since", "yesterday"}), exit_usage);
  EXPECT_TRUE(complains("--since: \"yesterday\" is no time"));
}

TEST_F(cli_calls, a_list_goes_on_where_the_page_before_ended) {
  EXPECT_EQ(run({"calls", "-n", "2"}), exit_done);
  const auto text = out.str();
  const auto at = text.find("--page ");
  ASSERT_NE(at, std::string::npos) << text;
  const auto token = text.substr(at + 7, text.find('\n', at) - at - 7);
  EXPECT_EQ(run({"calls", "-n", "2", "--page", token}), exit_done) << err.str();
  EXPECT_TRUE(shows("IT-000010"));
  EXPECT_FALSE(shows("IT-000098"));
  EXPECT_FALSE(shows("there are more"));
}

TEST_F(cli_calls, a_page_that_no_server_gave_is_refused) {
  EXPECT_EQ(run({"calls", "--page", "nonsense"}), exit_failed);
  EXPECT_TRUE(complains("page_token"));
}

TEST_F(cli_calls, the_raw_mail_is_saved_for_its_owner_only) {
  it.mail(4, {"Subject: x\r\n", "\r\n\xff"}, 15);
  const auto path = file("mail.eml", "an older and much longer file, readable by everybody");
  EXPECT_EQ(run({"call", "IT-10", "--raw", "-o", path}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(*read_file(path), "Subject: x\r\n\r\n\xff");
  EXPECT_FALSE(open_to_others(path));
  EXPECT_EQ(run({"call", "IT-10", "--raw", "-o", folder.path}), exit_failed);
  EXPECT_TRUE(complains("is not a plain file"));
  EXPECT_EQ(run({"call", "IT-10", "-o", path}), exit_usage);
  EXPECT_TRUE(complains("--output is for --raw"));
}

TEST_F(cli_calls, a_flood_is_counted_in_the_list_and_folded_in_the_call) {
  record::v1::Call c;
  c.set_number(100);
  c.set_partition("IT");
  c.set_created_at(to_millis(system_now()));
  c.set_updates(4);
  c.set_flood_mails(3);
  it.put(storage::keys::call(call_number{100}), c.SerializeAsString());
  for (uint32_t n = 1; n <= 4; ++n) {
    record::v1::CallUpdate u;
    u.set_call(100);
    u.set_sequence(n);
    u.set_kind(n == 1 ? record::v1::CallUpdate::REPLY : record::v1::CallUpdate::FLOOD);
    u.set_subject("alarm " + std::to_string(n));
    it.put(storage::keys::call_update(call_number{100}, n), u.SerializeAsString());
  }
  EXPECT_EQ(run({"calls", "-n", "1"}), exit_done) << err.str();
  EXPECT_TRUE(shows("FLOOD"));
  EXPECT_EQ(run({"call", "IT-100"}), exit_done) << err.str();
  EXPECT_TRUE(shows("3 of its updates are mails of a flood"));
  EXPECT_TRUE(shows("alarm 1"));
  EXPECT_TRUE(shows("#2 to #4"));
  EXPECT_TRUE(shows("alarm 4"));
  EXPECT_FALSE(shows("alarm 3"));
}

TEST_F(cli_calls, a_text_is_shown_without_its_signature_until_all_is_wanted) {
  record::v1::Call c;
  c.set_number(5);
  c.set_partition("IT");
  c.set_text("It burns.\n-- \nAnn\n> Is it on?\n");
  c.set_signature_at(10);
  c.set_quoted_at(18);
  it.put(storage::keys::call(call_number{5}), c.SerializeAsString());
  EXPECT_EQ(run({"call", "IT-5"}), exit_done) << err.str();
  EXPECT_TRUE(
      shows("It burns.\n"
            "(2 lines of the signature and 1 quoted line are folded: --full shows them)\n"))
      << out.str();
  EXPECT_FALSE(shows("> Is it on?"));
  EXPECT_EQ(run({"call", "IT-5", "--full"}), exit_done);
  EXPECT_TRUE(shows("It burns.\n-- \nAnn\n> Is it on?\n"));
  EXPECT_FALSE(shows("folded"));
}

TEST_F(cli_calls, the_html_of_the_calls_mail_or_of_an_updates_is_written_as_it_is) {
  it.mail(4, {"raw"}, 3);
  it.mail(5, {"more"}, 4);
  it.put(storage::keys::safe_html(mail_id{4}), "<p>first</p>");
  it.put(storage::keys::safe_html(mail_id{5}), "<p>second</p>");
  record::v1::CallUpdate u;
  u.set_sequence(1);
  u.set_mail(5);
  it.put(storage::keys::call_update(call_number{10}, 1), u.SerializeAsString());
  EXPECT_EQ(run({"call", "IT-10", "--html"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "<p>first</p>");
  EXPECT_EQ(run({"call", "IT-10", "--html", "--update", "1"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "<p>second</p>");
  EXPECT_EQ(run({"call", "IT-10", "--raw", "--update", "1"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "more");
  EXPECT_EQ(run({"call", "IT-10", "--html", "--update", "2"}), exit_failed);
  EXPECT_TRUE(complains("the call has no such update"));
  EXPECT_EQ(run({"call", "IT-10", "--update", "1"}), exit_usage);
  EXPECT_EQ(run({"call", "IT-10", "--html", "--raw"}), exit_usage);
}

TEST_F(cli_calls, an_update_says_whether_its_sender_is_proved) {
  record::v1::CallUpdate u;
  u.set_sequence(1);
  u.set_kind(record::v1::CallUpdate::REPLY);
  u.set_trust(record::v1::UNALIGNED);
  u.set_trust_evidence("dmarc=fail header.from=example.org");
  it.put(storage::keys::call_update(call_number{10}, 1), u.SerializeAsString());
  EXPECT_EQ(run({"call", "IT-10"}), exit_done) << err.str();
  EXPECT_TRUE(shows("not proved, may be forged (dmarc=fail header.from=example.org)")) << out.str();
}

}  // namespace postroom::app

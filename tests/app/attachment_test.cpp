#include <sys/stat.h>

#include "app/admin_reads.hpp"
#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "tests/app/cli_fixture.hpp"

/// One attachment of a stored mail, by the admin method and by the command line.
namespace postroom::app {
namespace {

using access::right;

const std::string mail_of_two =
    "From: a@example.net\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nSee these.\r\n"
    "--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"
    "--b\r\nContent-Type: application/octet-stream; name=evil.exe\r\n\r\nMZ\r\n--b--\r\n";

struct attachment_of_a_call : cli {
  template <class Record>
  static void list_in(Record& r) {
    r.set_mail(4);
    auto& plan = *r.add_attachments();
    plan.set_name("plan.pdf");
    plan.set_size(5);
    auto& evil = *r.add_attachments();
    evil.set_name("evil.exe");
    evil.set_size(2);
    evil.set_withheld("its name is blocked by \"*.exe\"");
  }
  void SetUp() override {
    cli::SetUp();
    it.mail(4, {mail_of_two}, mail_of_two.size());
    record::v1::Call c;
    c.set_number(10);
    c.set_partition("IT");
    list_in(c);
    it.put(storage::keys::call(call_number{10}), c.SerializeAsString());
    record::v1::CallUpdate u;
    u.set_call(10);
    u.set_sequence(1);
    list_in(u);
    it.put(storage::keys::call_update(call_number{10}, 1), u.SerializeAsString());
  }
  [[nodiscard]] result<admin::v1::GetAttachmentResponse> get(
      uint32_t place, const std::vector<right>& rights = {right::VIEW_CALLS}, uint32_t update = 0) {
    access::rights_map held;
    for (const auto r : rights) held[r] = {true, {}};
    admin::v1::GetAttachmentRequest request;
    request.set_call("it-10");
    request.set_attachment(place);
    request.set_update(update);
    return get_attachment(units, request, access::caller{"kim", "10.0.0.9", held});
  }
};

}  // namespace

TEST_F(attachment_of_a_call, is_given_decoded_with_what_the_call_says_of_it) {
  for (const uint32_t update : {0, 1}) {
    const auto got = get(1, {right::VIEW_CALLS}, update);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->content(), "%PDF-");
    EXPECT_EQ(got->attachment().name(), "plan.pdf");
  }
}

TEST_F(attachment_of_a_call, that_is_withheld_takes_the_right_for_the_quarantine) {
  const auto refused = get(2);
  EXPECT_EQ(refused.code(), ec::forbidden);
  EXPECT_EQ(refused.error().detail,
            "it is withheld, as its name is blocked by \"*.exe\"; to read it takes the right "
            "QUARANTINE");
  const auto got = get(2, {right::VIEW_CALLS, right::QUARANTINE});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->content(), "MZ");
}

TEST_F(attachment_of_a_call, that_is_not_there_is_told_with_what_there_is) {
  EXPECT_EQ(get(0).error().detail, "attachment: IT-000010 has 1 to 2, not 0");
  EXPECT_EQ(get(3).error().detail, "attachment: IT-000010 has 1 to 2, not 3");
  EXPECT_EQ(get(1, {right::VIEW_CALLS}, 7).error().detail, "there is no update 7 of IT-000010");
  EXPECT_EQ(get(1, {}).code(), ec::not_found);
  it.mail(4, {"Subject: x\r\n\r\ny"}, 15);
  EXPECT_EQ(get(1).error().detail,
            "the mail has no attachment of this name and size any more; the mail as it came holds "
            "it (GetRaw, --raw)");
}

TEST_F(attachment_of_a_call, of_a_mail_in_the_quarantine_is_out_of_reach) {
  it.quarantine(4, 1);
  EXPECT_EQ(get(1).error().detail, "there is no mail IT/4 that you may see");
}

TEST_F(attachment_of_a_call, is_saved_for_its_owner_only_and_never_over_another_file) {
  const std::string path = folder.path / "saved.pdf";
  EXPECT_EQ(run({"call", "IT-10", "--attachment", "1", "-o", path}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(*read_file(path), "%PDF-");
  EXPECT_FALSE(open_to_others(path));
  EXPECT_EQ(run({"call", "IT-10", "--attachment", "2", "-o", path}), exit_failed);
  EXPECT_TRUE(complains("is there already; name another one, or replace it with --force"));
  EXPECT_EQ(*read_file(path), "%PDF-");
  EXPECT_EQ(run({"call", "IT-10", "--attachment", "2", "-o", path, "--force"}), exit_done);
  EXPECT_EQ(*read_file(path), "MZ");
}

TEST_F(attachment_of_a_call, keeps_its_name_in_a_folder) {
  const std::string into = folder.path / "new";
  ASSERT_EQ(::mkdir(into.c_str(), 0700), 0);
  EXPECT_EQ(run({"call", "IT-10", "--update", "1", "--attachment", "1", "-o", into}), exit_done)
      << err.str();
  EXPECT_EQ(*read_file(into + "/plan.pdf"), "%PDF-");
}

TEST_F(attachment_of_a_call, goes_to_a_pipe_but_not_to_a_terminal) {
  EXPECT_EQ(run({"call", "IT-10", "--attachment", "1"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "%PDF-");
  EXPECT_EQ(run({"call", "IT-10", "--attachment", "1", "--raw"}), exit_usage);
  EXPECT_TRUE(complains("ask for one"));
  EXPECT_EQ(run({"call", "IT-10", "--force"}), exit_usage);
}

TEST_F(attachment_of_a_call, that_is_withheld_is_shown_as_such) {
  EXPECT_EQ(run({"call", "IT-10"}), exit_done) << err.str();
  EXPECT_TRUE(shows("WITHHELD")) << out.str();
  EXPECT_TRUE(shows("its name is blocked by \"*.exe\"")) << out.str();
  EXPECT_TRUE(shows("evil.exe, 2 B (withheld: its name is blocked by \"*.exe\")")) << out.str();
}

}  // namespace postroom::app

#include "tests/actors/outcomes_fixture.hpp"

/// The golden table, of an attachment policy and all ways round it: each brings evil.exe, or a
/// script, as something else than an attachment of that name.
namespace postroom::actors::test {
namespace {

const std::string mixed = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n";
const std::string refused = "quarantined:attachment_refused";
const std::string evil =
    "Content-Type: application/octet-stream; name=evil.exe\nContent-Transfer-Encoding: base64\n\n"
    "TVqQAA==";
const std::string uuencoded = "begin 644 evil.exe\n#35J0\n`\nend\n";

void blocks(outcome_test& t, const std::string& action) {
  auto& policy = *t.config.mutable_attachments();
  policy.add_block_names("*.exe");
  policy.add_block_types("text/x-sh");
  policy.set_action(action);
}
void put_aside(outcome_test& t) {
  blocks(t, "quarantine");
}
void strip(outcome_test& t) {
  blocks(t, "strip");
}
void note(outcome_test& t) {
  blocks(t, "keep");
}
void count_ten(outcome_test& t) {
  t.config.mutable_attachments()->set_max_count(10);
  t.config.mutable_attachments()->set_action("quarantine");
}

std::string after(int count, const std::string& part) {
  std::string out = "--b\n\nSee the files.\n";
  for (int i = 0; i < count; ++i) out += "--b\n" + part + "\n";
  return out + "--b\n" + evil + "\n--b--\n";
}

/// evil.exe below so many multiparts.
std::string below(int levels) {
  std::string out;
  for (int i = 0; i < levels; ++i) {
    const auto name = "n" + std::to_string(i);
    out += "Content-Type: multipart/mixed; boundary=" + name + "\n\n--" + name + "\n";
  }
  return "From: una@example.com\nSubject: deep\n" + out + evil + "\n";
}

std::string attached(const std::string& mail) {
  return from_una(mixed, parts({"\nSee this.", "Content-Type: message/rfc822\n\n" + mail}));
}

std::string mail_with_evil() {
  return "From: eve@example.net\nSubject: inner\nContent-Type: multipart/mixed; boundary=i\n\n--i\n"
         "\nHello.\n--i\n" +
         evil + "\n--i--\n";
}

/// `levels` mails, each attached to the one before it.
std::string attached_often(int levels) {
  auto out = mail_with_evil();
  for (int i = 0; i < levels; ++i)
    out = "From: eve@example.net\nSubject: more\nContent-Type: message/rfc822\n\n" + out;
  return attached(out);
}

std::string encoded_text(const std::string& type, const std::string& text) {
  return from_una("Subject: x\nContent-Type: " + type +
                      "; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
                  text);
}

const std::vector<golden> refusals = {
    {"plain_file", from_una(mixed, parts({"\nSee this.", evil})), refused, "", put_aside},
    {"file_behind_a_thousand",
     from_una(mixed, after(1000, "Content-Type: image/gif; name=a.gif\n\nGIF89a")), refused, "",
     put_aside},
    {"file_behind_more_texts_than_are_looked_at",
     from_una(mixed, after(1300, "Content-Type: text/plain\n\nx")), refused, "", put_aside},
    {"file_below_more_levels_than_are_looked_at", below(101), refused, "", put_aside},
    {"file_in_an_attached_mail", attached(mail_with_evil()), refused, "", put_aside},
    {"file_in_a_mail_in_a_mail", attached_often(3), refused, "", put_aside},
    {"file_in_more_mails_than_are_looked_into", attached_often(20), refused, "", put_aside},
    {"file_in_an_attached_mail_in_base64",
     from_una(mixed, parts({"\nSee this.",
                            "Content-Type: application/octet-stream; name=mail.EML\n"
                            "Content-Transfer-Encoding: base64\n\n"
                            "RnJvbTogZXZlQGV4YW1wbGUubmV0CkNvbnRlbnQtVHlwZTogYXBwbGljYXRpb24v\n"
                            "b2N0ZXQtc3RyZWFtOyBuYW1lPWV2aWwuZXhlCgpNWgo="})),
     refused, "", put_aside},
    {"file_uuencoded_in_an_attached_mail", attached("Subject: inner\n\n" + uuencoded), refused, "",
     put_aside},
    {"file_of_two_names",
     from_una(mixed, parts({"\nSee this.",
                            "Content-Type: application/octet-stream; name=evil.exe\n"
                            "Content-Disposition: attachment; filename=a.pdf\n\nMZ"})),
     refused, "", put_aside},
    {"file_of_two_names_the_other_way_round",
     from_una(mixed, parts({"\nSee this.",
                            "Content-Type: application/octet-stream; name=a.pdf\n"
                            "Content-Disposition: attachment; filename=evil.exe\n\nMZ"})),
     refused, "", put_aside},
    {"file_as_the_text",
     from_una("Subject: x\nContent-Type: text/plain; name=evil.exe\n"
              "Content-Disposition: inline; filename=evil.exe\n"
              "Content-Transfer-Encoding: base64\n",
              "TVqQAA==\n"),
     refused, "", put_aside},
    {"file_uuencoded_in_an_encoded_text", encoded_text("text/plain", "Hello.\n" + uuencoded),
     refused, "", put_aside},
    {"file_uuencoded_in_html",
     from_una("Subject: x\nContent-Type: text/html\n", "<pre>\n" + uuencoded + "</pre>\n"), refused,
     "", put_aside},
    {"file_uuencoded_in_encoded_html",
     encoded_text("text/html", "<pre>\n" + uuencoded + "</pre>\n"), refused, "", put_aside},
    {"script_as_another_wording",
     from_una("Subject: x\nContent-Type: multipart/alternative; boundary=b\n",
              parts({"\nHello.", "Content-Type: text/x-sh\n\nrm -rf /"})),
     refused, "", put_aside},
    {"more_parts_than_are_looked_at_where_ten_files_may_come",
     from_una(mixed, after(1300, "Content-Type: text/plain\n\nx")), refused, "", count_ten},
};

const std::vector<golden> others = {
    {"plain_file_stripped", from_una(mixed, parts({"\nSee this.", evil})),
     "logged; files evil.exe (withheld); answers una@example.com", "", strip},
    {"attached_mail_stripped_for_what_is_in_it", attached(mail_with_evil()),
     "logged; files inner.eml (withheld); answers una@example.com", "", strip},
    {"file_of_two_names_stripped",
     from_una(mixed, parts({"\nSee this.",
                            "Content-Type: application/octet-stream; name=evil.exe\n"
                            "Content-Disposition: attachment; filename=a.pdf\n\nMZ"})),
     "logged; files a.pdf (withheld); answers una@example.com", "", strip},
    {"file_behind_more_texts_noted",
     from_una(mixed, "--b\n\nSee the files.\n" + after(1300, "Content-Type: text/html\n\nx")),
     "logged; HTML; answers una@example.com", "", note},
    {"attached_mail_of_a_person", attached("From: eve@example.net\nSubject: inner\n\nHello.\n"),
     "logged; files inner.eml; answers una@example.com", "", put_aside},
    {"words_about_a_uuencoded_file", encoded_text("text/plain", "begin 644 evil.exe\nis how.\n"),
     "logged; answers una@example.com", "", put_aside},
    {"text_with_an_ordinary_name",
     from_una("Subject: x\nContent-Type: text/plain; name=body.txt\n", "Hello.\n"),
     "logged; answers una@example.com", "", put_aside},
};

struct outcome_of_a_policy : outcome_test {};

TEST_P(outcome_of_a_policy, is_that_of_the_table) {
  expect_as_in_table(*this, GetParam());
}

INSTANTIATE_TEST_SUITE_P(refusal, outcome_of_a_policy, testing::ValuesIn(refusals), name_of_row);
INSTANTIATE_TEST_SUITE_P(other, outcome_of_a_policy, testing::ValuesIn(others), name_of_row);

}  // namespace
}  // namespace postroom::actors::test

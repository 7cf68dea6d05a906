#include <gtest/gtest.h>

#include "mail/calendar.hpp"
#include "mail/enriched.hpp"
#include "mail/flowed.hpp"
#include "parsed.hpp"

using namespace postroom::mail;

namespace {

const std::string uu_file = "begin 644 a.txt\n%:&5L;&\\`\n`\nend\n";

const std::string invitation =
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T000000\r\n"
    "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=de:Pl\r\n anung\\, zweite Runde\r\n"
    "DTSTART;TZID=\"W. Europe\":20261201T100000\r\nDTEND:20261201T110000Z\r\n"
    "ORGANIZER;CN=\"Ward: Tom\":MAILTO:tom@example.org\r\nLOCATION:Raum 4\\nlinks\r\n"
    "BEGIN:VALARM\r\nSUMMARY:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const std::string invitation_lines =
    "Calendar: REQUEST\nWhat: Planung, zweite Runde\n"
    "When: 2026-12-01 10:00 W. Europe - 2026-12-01 11:00 UTC\nWhere: Raum 4 links\n"
    "Who: Ward: Tom <tom@example.org>\n";

}  // namespace

TEST(structure, flowed_lines_are_joined_and_quotes_kept) {
  struct row {
    std::string given, joined;
    bool delete_space = false;
  };
  const row rows[] = {
      {"one \ntwo\nthree\n", "one two\nthree\n"},
      {"one \ntwo\n", "onetwo\n", true},
      {"> a \n> b\n> c\nd\n", "> a b\n> c\nd\n"},
      {"> a \nb\n", "> a \nb\n"},
      {">> a \n> b\n", ">> a \n> b\n"},
      {" > no quote\n  two\n", "> no quote\n two\n"},
      {"text \n-- \nname\n", "text \n-- \nname\n"},
      {"end ", "end \n"},
      {"", ""},
      {"no end", "no end"},
  };
  for (const auto& r : rows) EXPECT_EQ(join_flowed(r.given, r.delete_space), r.joined) << r.given;
  EXPECT_EQ(parsed("Content-Type: text/plain; format=Flowed; DelSp=Yes\n\none \ntwo\n").text,
            "onetwo\n");
  EXPECT_EQ(parsed("Content-Type: text/plain\n\none \ntwo\n").text, "one \ntwo\n");
}

TEST(structure, enriched_text_becomes_text) {
  struct row {
    std::string given, text;
  };
  const row rows[] = {
      {"<bold>a</bold> b", "a b"},
      {"a\nb\n\nc\n\n\nd", "a b\nc\n\nd"},
      {"<color><param>red</param>a</color> << b > c", "a < b > c"},
      {"<nofill>a\nb</nofill>", "a\nb"},
      {"a<nl>b<lt>c<comment>no</comment>", "a\nb<c"},
      {"a<open", "a"},
      {"<", ""},
      {"</param>a", "a"},
  };
  for (const auto& r : rows) EXPECT_EQ(enriched_to_text(r.given), r.text) << r.given;
  EXPECT_EQ(parsed("Content-Type: text/enriched\n\n<bold>a</bold>\nb").text, "a b");
}

TEST(structure, uuencoded_files_in_a_text_are_attachments) {
  auto m = parsed("Subject: s\n\nbefore\n" + uu_file + "between\n" + uu_file + "after\n");
  EXPECT_EQ(m.text, "before\nbetween\nafter\n");
  ASSERT_EQ(m.attachments.size(), 2u);
  EXPECT_EQ(m.attachments[0], (attachment{"a.txt", "application/octet-stream", 5, false, {}}));
  auto inside =
      parsed("Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n" + uu_file +
             "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=x\n\n" +
             uu_file + "--b--\n");
  EXPECT_EQ(inside.text, "text\n");
  ASSERT_EQ(inside.attachments.size(), 2u) << "a file that is uuencoded itself stays as it is";
  EXPECT_EQ(inside.attachments[1].name, "x");
}

TEST(structure, text_that_only_looks_uuencoded_stays_text) {
  for (std::string text : {"begin 644 lies\nand so on\n", "begin now\n", "begin 644 \nM\n",
                           "we begin 644 a\n%:&5L;&\\`\n", "begin 99 a\n%:&5L;&\\`\nend\n",
                           "=ybegin line=128 size=5 name=a\n)*+\n=yend size=5\n"})
    EXPECT_EQ(parsed("Subject: s\n\n" + text).text, text);
}

TEST(structure, an_uuencoded_file_without_an_end_ends_where_its_data_ends) {
  auto m = parsed("Subject: s\n\nbegin 644 a\n%:&5L;&\\`\nthe rest is text\n");
  EXPECT_EQ(m.text, "the rest is text\n");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].size, 5u);
}

TEST(structure, an_invitation_is_told_in_a_few_lines) {
  EXPECT_EQ(describe_invitation(invitation, false), invitation_lines);
  EXPECT_EQ(parsed("Content-Type: text/calendar; method=REQUEST\n\n" + invitation).text,
            invitation_lines);
  auto m = parsed("Content-Type: multipart/alternative; boundary=b\n\n--b\n\nPlease come.\n--b\n" +
                  ("Content-Type: text/calendar\n\n" + invitation) + "--b--\n");
  EXPECT_EQ(m.text, "Please come.\n\n" + invitation_lines);
  ASSERT_EQ(m.attachments.size(), 1u);
}

TEST(structure, an_invitation_without_a_text_beside_it_is_told_with_its_description) {
  auto described = invitation;
  described.insert(described.find("LOCATION"),
                   "DESCRIPTION:Bring the contract\\, number 4711.\\n\\nIt is\r\n  late.\r\n");
  const auto all = invitation_lines + "\nBring the contract, number 4711.\n\nIt is late.\n";
  const std::string part =
      "--b\nContent-Type: application/ics; name=invite.ics\n"
      "Content-Disposition: attachment\n\n" +
      described;
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n";
  EXPECT_EQ(parsed("Content-Type: text/calendar\n\n" + described).text, all);
  EXPECT_EQ(parsed("Content-Type: application/ics\n\n" + described).text, all);
  EXPECT_EQ(parsed(mixed + part + "--b--\n").text, all);
  EXPECT_EQ(parsed(mixed + "--b\n\nPlease come.\n" + part + "--b--\n").text,
            "Please come.\n\n" + invitation_lines);
  auto two = parsed(mixed + part +
                    "--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\n"
                    "SUMMARY:the text\nEND:VEVENT\n--b--\n");
  EXPECT_EQ(two.text, "Calendar: EVENT\nWhat: the text\n") << "a file comes last";
  EXPECT_EQ(two.attachments.size(), 2u);
  const auto endless = "BEGIN:VEVENT\nDESCRIPTION:" + std::string(100'000, 'x') + "\n";
  EXPECT_LE(describe_invitation(endless, true).size(), 4100u);
}

TEST(structure, a_broken_calendar_says_what_is_there) {
  struct row {
    std::string calendar, lines;
  };
  const row rows[] = {
      {"", ""},
      {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", ""},
      {"BEGIN:VEVENT\nSUMMARY:a", "Calendar: EVENT\nWhat: a\n"},
      {"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261201\nDTEND:later\n",
       "Calendar: EVENT\nWhen: 2026-12-01 - later\n"},
      {"BEGIN:VTODO\nORGANIZER:tom@example.org\nEND:VTODO\nBEGIN:VEVENT\nSUMMARY:b\nEND:VEVENT\n",
       "Calendar: EVENT\nWho: tom@example.org\n"},
      {"BEGIN:VEVENT\nSUMMARY:" + std::string(5000, 'x') + "\n",
       "Calendar: EVENT\nWhat: " + std::string(500, 'x') + "\n"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(describe_invitation(r.calendar, true), r.lines) << r.calendar;
}

TEST(structure, pictures_keep_the_id_that_the_html_knows_them_by) {
  auto m = parsed(
      "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n"
      "<img src=cid:a@b>\n--b\nContent-Type: image/png\nContent-ID: <a@b>\n\nx\n--b--\n");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].content_id, "a@b");
}

TEST(structure, parts_are_found_where_lines_were_forgotten) {
  struct row {
    std::string body, text;
  };
  const row rows[] = {
      {"--b\nContent-Type: text/plain\nno blank line\n--b--\n", "no blank line"},
      {"--b\nno header and no blank line\n--b--\n", "no header and no blank line"},
      {"--b\n\ntext--b--", "text"},
      {"--b\n\ntext--b--\n\n", "text"},
      {"--b\nno header\n--b\nContent-Type: text/plain\n\nmore\n--b--", "no header\nmore"},
      {"--b\nbroken\nContent-Type: text/html\n\n<p>text\n--b--\n", "text"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(parsed("Content-Type: multipart/mixed; boundary=b\n\n" + r.body).text, r.text)
        << r.body;
}

TEST(structure, the_header_of_a_mail_ends_where_its_blank_line_was_forgotten_or_holds_blanks) {
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n";
  const std::string parts =
      "--b\nContent-Type: text/plain\n\nfirst\n--b\nContent-Type: text/plain\n\nsecond\n--b--\n";
  struct row {
    std::string mail, text;
  };
  const row rows[] = {
      {mixed + parts, "first\nsecond"},
      {mixed + "X-A: b\n" + parts, "first\nsecond"},
      {mixed + " \n" + parts, "first\nsecond"},
      {"Subject: s\n--other\nX-A: b\n" + mixed + "\n" + parts, "first\nsecond"},
      {"Subject: s\n \nhello\n", "hello\n"},
      {"Subject: s\n \t \nNote: it burns.\n", "Note: it burns.\n"},
      {"Subject: s\n \nX-A: b\n\nhello\n", "hello\n"},
      {"Subject: s\n \n more of it\n\nhello\n", "hello\n"},
      {"Subject: s\n \n\nhello\n", "hello\n"},
      {" \nSubject: s\n\nhello\n", "hello\n"},
      {mixed + "\n--b\nContent-Type: text/plain\n \nNote: it burns.\n--b--\n", "Note: it burns."},
  };
  for (const auto& r : rows) EXPECT_EQ(parsed(r.mail).text, r.text) << r.mail;
}

TEST(structure, a_text_that_is_said_to_be_base64_and_is_not_is_read_as_it_is) {
  const std::string base64 = "Content-Transfer-Encoding: base64\n\n";
  struct row {
    std::string body, text;
  };
  const row rows[] = {
      {"Dear all,\nThe printer is on fire.\n", "Dear all,\nThe printer is on fire.\n"},
      {"Help\nit burns\n", "Help\nit burns\n"},
      {"SGVsbG8=\n", "Hello"},
      {"\n  SGVs\n\n bG8h\n", "Hello!"},
      {"SGVsbG8=\n-- \nfoot line\n", "Hello"},
      {"", ""},
  };
  for (const auto& r : rows) {
    const auto text = parsed(base64 + r.body).text;
    EXPECT_EQ(text.substr(0, r.text.size()), r.text) << r.body;
    EXPECT_EQ(text.empty(), r.text.empty()) << r.body;
  }
  EXPECT_TRUE(
      parsed(base64 + "SGVsbG8gd29ybGQh\n-- \nfoot line\n").text.starts_with("Hello world!"));
  auto m = parsed("Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nnot, really\n");
  EXPECT_EQ(m.attachments.at(0).size, 6u) << "only of a text it can be told";
}

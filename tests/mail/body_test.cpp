#include <gtest/gtest.h>

#include "parsed.hpp"

using namespace postroom;
using namespace postroom::mail;
using namespace std::string_literals;

namespace {

struct entity {
  std::string header, body;
};

/// A multipart of the given parts; "\n" after each.
std::string multipart(const std::string& kind, const std::string& boundary,
                      const std::vector<entity>& parts) {
  std::string out =
      "Content-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\n\npreamble\n";
  for (const auto& p : parts) out += "--" + boundary + "\n" + p.header + "\n\n" + p.body + "\n";
  return out + "--" + boundary + "--\nepilogue\n";
}

/// The same as an entity of another multipart.
entity inner(const std::string& kind, const std::string& boundary,
             const std::vector<entity>& parts) {
  auto whole = multipart(kind, boundary, parts);
  auto end = whole.find("\n\n");
  return {whole.substr(0, end), whole.substr(end + 2)};
}

const entity plain{"Content-Type: text/plain; charset=utf-8", "plain ä"};
const entity html{"Content-Type: text/html; charset=utf-8", "<p>marked &auml;</p>"};
const entity png{
    "Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: "
    "base64\nContent-Disposition: inline",
    "AAECAwQF"};
const entity pdf{"Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf",
                 "12345"};

}  // namespace

TEST(body, of_an_alternative_the_plain_text_is_taken) {
  for (const auto& parts : {std::vector<entity>{plain, html}, {html, plain}}) {
    auto m = parsed(multipart("alternative", "b", parts));
    EXPECT_EQ(m.text, "plain ä");
    EXPECT_TRUE(m.has_html);
    EXPECT_TRUE(m.attachments.empty());
  }
}

TEST(body, the_plain_text_of_an_alternative_may_have_a_name) {
  const entity named{"Content-Type: text/plain; name=text1", "named"};
  const entity file{"Content-Type: text/plain; name=text1\nContent-Disposition: attachment",
                    "named"};
  const auto m = parsed(multipart("alternative", "b", {html, named}));
  EXPECT_EQ(m.text, "named");
  EXPECT_TRUE(m.has_html);
  EXPECT_TRUE(m.attachments.empty());
  EXPECT_EQ(parsed(multipart("alternative", "b", {html, file})).attachments.size(), 1u);
  EXPECT_EQ(parsed(multipart("alternative", "b", {plain, html, named})).attachments.size(), 1u);
  EXPECT_EQ(parsed(multipart("mixed", "b", {html, named})).attachments.size(), 1u);
}

TEST(body, of_an_alternative_all_plain_texts_are_shown) {
  const entity foot{"Content-Type: text/plain", "You are a member of this list."};
  EXPECT_EQ(parsed(multipart("alternative", "b", {plain, html, foot})).text,
            "plain ä\nYou are a member of this list.");
}

TEST(body, enriched_text_beside_another_is_a_file) {
  const entity enriched{"Content-Type: text/enriched", "<bold>strong</bold>"};
  auto m = parsed(multipart("mixed", "b", {plain, enriched}));
  EXPECT_EQ(m.text, "plain ä");
  EXPECT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(parsed(multipart("mixed", "b", {pdf, enriched})).text, "strong");
  EXPECT_TRUE(parsed(multipart("alternative", "b", {plain, enriched})).attachments.empty());
}

TEST(body, a_blank_plain_text_gives_way_to_the_html) {
  for (std::string blank : {"", " \n\t\n", "=20=20\n"}) {
    entity empty{"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable", blank};
    EXPECT_EQ(parsed(multipart("alternative", "b", {empty, html})).text, "marked ä") << blank;
  }
}

TEST(body, html_alone_becomes_text) {
  auto m = parsed(
      "Content-Type: text/html\n\n<html><head><style>p{}</style></head><body><p>one</p><p>two</p>");
  EXPECT_EQ(m.text, "one\n\ntwo");
  EXPECT_TRUE(m.has_html);
}

TEST(body, inline_texts_are_joined_and_files_are_attachments) {
  entity second{"Content-Type: text/plain", "footer"};
  auto m = parsed(multipart("mixed", "b", {plain, pdf, second}));
  EXPECT_EQ(m.text, "plain ä\nfooter");
  EXPECT_EQ(m.attachments, (std::vector<attachment>{{"a.pdf", "application/pdf", 5, false}}));
}

TEST(body, pictures_of_the_html_are_attachments_even_when_the_plain_text_is_taken) {
  auto related = inner("related", "r", {html, png});
  auto m = parsed(multipart("mixed", "m", {inner("alternative", "a", {plain, related}), pdf}));
  EXPECT_EQ(m.text, "plain ä");
  EXPECT_TRUE(m.has_html);
  EXPECT_EQ(m.attachments, (std::vector<attachment>{{"logo.png", "image/png", 6, true},
                                                    {"a.pdf", "application/pdf", 5, false}}));
}

TEST(body, a_calendar_in_an_alternative_is_an_attachment_but_other_wordings_are_not) {
  entity calendar{"Content-Type: text/calendar", "BEGIN:VCALENDAR"};
  entity amp{"Content-Type: text/x-amp-html", "<html amp>"};
  auto m = parsed(multipart("alternative", "b", {plain, amp, html, calendar}));
  EXPECT_EQ(m.attachments, (std::vector<attachment>{{"part-1.ics", "text/calendar", 15, false}}));
}

TEST(body, a_named_text_is_a_file_unless_the_mail_begins_with_it) {
  entity named{"Content-Type: text/plain; name=log.txt", "log"};
  EXPECT_EQ(parsed(multipart("mixed", "b", {plain, named})).text, "plain ä");
  EXPECT_EQ(parsed(multipart("mixed", "b", {named, pdf})).text, "log");
  EXPECT_EQ(parsed("Content-Type: text/plain; name=log.txt\n\nlog").text, "log");
}

TEST(body, an_attached_mail_is_named_by_its_subject) {
  entity mail{"Content-Type: message/rfc822",
              "From: a@example.org\nSubject: =?utf-8?q?Fwd=3A_a/b?=\n\ntext"};
  auto m = parsed(multipart("mixed", "b", {plain, mail}));
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].name, "Fwd_ a_b.eml");
  EXPECT_EQ(m.attachments[0].content_type, "message/rfc822");
  EXPECT_EQ(m.attachments[0].size, mail.body.size());
  EXPECT_EQ(m.text, "plain ä");
}

TEST(body, the_parts_of_a_digest_are_mails) {
  auto m = parsed(multipart("digest", "b", {{"", "Subject: one\n\n1"}, {"", "Subject: two\n\n2"}}));
  ASSERT_EQ(m.attachments.size(), 2u);
  EXPECT_EQ(m.attachments[1].name, "two.eml");
}

TEST(body, transfer_encodings_are_decoded_and_sizes_are_those_of_the_file) {
  struct row {
    std::string encoding, body, text;
  };
  const row rows[] = {
      {"base64", "aGVsbG8=", "hello"},
      {"BASE64 ", "aGVs\r\nbG8=", "hello"},
      {"quoted-printable", "he=6Cl=\no", "hello"},
      {"8bit", "hello", "hello"},
      {"x-unknown", "hello", "hello"},
      {"x-uuencode", "begin 644 a\n%:&5L;&\\`\n`\nend\n", "hello"},
  };
  for (const auto& r : rows) {
    auto head = "Content-Transfer-Encoding: " + r.encoding + "\n";
    EXPECT_EQ(parsed(head + "\n" + r.body).text, r.text) << r.encoding;
    entity file{head + "Content-Type: application/x-y", r.body};
    auto m = parsed(multipart("mixed", "b", {plain, file}));
    ASSERT_EQ(m.attachments.size(), 1u);
    EXPECT_EQ(m.attachments[0].size, 5u) << r.encoding;
  }
}

TEST(body, broken_multiparts_still_show_their_text) {
  const std::string rows[] = {
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello",  // never closed
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\n",
      "Content-Type: multipart/mixed\n\nhello",                             // no boundary
      "Content-Type: multipart/mixed; boundary=other\n\nhello",             // another one used
      "Content-Type: multipart/mixed boundary=b\n\n--b\n\nhello\n--b--\n",  // no semicolon
      "Content-Type: multipart/mixed; boundary=\"b \"\n\n--b  \n\nhello\n--b-- \n",  // padding
      "Content-Type: text\n\nhello",
      "Content-Type: ;;;\n\nhello",
      // the inner multipart is not closed, the outer boundary ends it
      "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; "
      "boundary=i\n\n"
      "--i\n\nhello\n--o--\n",
      // both use the same boundary
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; "
      "boundary=b\n\n"
      "--b\n\nhello\n--b--\n--b--\n",
      // the blank line after the part's header is missing
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
      "text/plain\n--b\n\nhello\n--b--\n",
  };
  for (const auto& raw : rows) EXPECT_EQ(parsed(raw).text.substr(0, 5), "hello") << raw;
}

TEST(body, delimiters_of_a_multipart_that_was_cut_short_still_part) {
  const auto m = parsed(
      "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
      "Content-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--i\n"
      "Content-Type: application/pdf\n\n%PDF\n--o--\n");
  EXPECT_EQ(m.text, "one\ntwo");
  EXPECT_EQ(m.attachments.size(), 1u);
}

TEST(body, a_longer_boundary_is_not_taken_for_a_shorter_one) {
  auto m = parsed(multipart("mixed", "b", {inner("alternative", "b1", {plain, html}), pdf}));
  EXPECT_EQ(m.text, "plain ä");
  ASSERT_EQ(m.attachments.size(), 1u);
}

TEST(body, the_text_is_cut_at_its_limit_between_characters) {
  parse_limits limits;
  limits.max_text = 5;
  struct row {
    std::string body, text;
    bool truncated;
  };
  const row rows[] = {{"12345", "12345", false},
                      {"123456", "12345", true},
                      {"1234ä", "1234", true},
                      {"123ä", "123ä", false},
                      {"ääää", "ää", true}};
  for (const auto& r : rows) {
    auto m = parsed("Content-Type: text/plain; charset=utf-8\n\n" + r.body, limits);
    EXPECT_EQ(m.text, r.text) << r.body;
    EXPECT_EQ(m.text_truncated, r.truncated) << r.body;
  }
  EXPECT_TRUE(parsed(multipart("mixed", "b", {{"", "12345"}, {"", "67"}}), limits).text_truncated);
}

TEST(body, line_ends_become_lf_and_control_characters_go) {
  EXPECT_EQ(parsed("A: b\r\n\r\none\r\ntwo\rthree\0\x1B[0m\tend\xC2\x85"s).text,
            "one\ntwo\nthree[0m\tend");
}

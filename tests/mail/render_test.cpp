#include <gtest/gtest.h>

#include <algorithm>

#include "mail/mail.hpp"
#include "mail/transfer.hpp"

using namespace postroom;
using namespace postroom::mail;

namespace {

outgoing_mail ordinary() {
  outgoing_mail m;
  m.from = {"IT Desk", "it@example.com"};
  m.reply_to = {"", "reply@example.com"};
  m.to = {{"Doe, Jane", "jane@example.org"}, {"Jörg", "joerg@example.org"}};
  m.subject = "Call IT-000123: Drucker – kaputt";
  m.text = "Hello,\n\nyour call is logged.\n";
  m.message_id = "out.1@example.com";
  m.in_reply_to = "1@example.org";
  m.references = {"0@example.org", "1@example.org"};
  m.date = from_millis(1'795'442'021'000);
  m.auto_submitted = "auto-replied";
  return m;
}

std::vector<std::string> lines_of(const std::string& raw) {
  std::vector<std::string> out;
  std::size_t at = 0;
  for (auto end = raw.find("\r\n"); end != std::string::npos; end = raw.find("\r\n", at)) {
    out.push_back(raw.substr(at, end - at));
    at = end + 2;
  }
  EXPECT_EQ(at, raw.size()) << "the last line has no CR LF";
  return out;
}

/// What every mail on the wire must be.
void expect_well_formed(const std::string& raw) {
  for (const auto& line : lines_of(raw)) {
    EXPECT_LE(line.size(), 998u);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) {
      return (c >= ' ' && c < 127) || c == '\t';
    })) << line;
  }
}

std::string header_of(const std::string& raw) {
  return raw.substr(0, raw.find("\r\n\r\n") + 2);
}

parsed_mail round_trip(const outgoing_mail& m) {
  auto raw = render(m);
  expect_well_formed(raw);
  auto back = parse(raw);
  EXPECT_TRUE(back.ok());
  return back.ok() ? *back : parsed_mail{};
}

}  // namespace

TEST(render, what_goes_out_reads_back_the_same) {
  auto m = ordinary();
  auto back = round_trip(m);
  EXPECT_EQ(back.from, m.from);
  EXPECT_EQ(back.reply_to, m.reply_to);
  EXPECT_EQ(back.to, m.to);
  EXPECT_EQ(back.subject, m.subject);
  EXPECT_EQ(back.message_id, m.message_id);
  EXPECT_EQ(back.in_reply_to, m.in_reply_to);
  EXPECT_EQ(back.references, m.references);
  EXPECT_EQ(back.date, m.date);
  EXPECT_EQ(back.text, m.text);
  EXPECT_FALSE(back.has_html);
}

TEST(render, texts_of_any_kind_read_back_the_same) {
  const std::string rows[] = {"plain\n",
                              "ein ä\n",
                              "äöüäöüäöü\n",
                              std::string(5000, 'x') + "\n",
                              "trailing  \n\ttab\n",
                              ".\n..\nFrom here\n",
                              "a = b =3D\n",
                              "\n",
                              "日本語のテキスト\n",
                              "--=_boundary\n--\n",
                              std::string(2000, '=') + "ä\n",
                              "a\n\n\nb\n"};
  for (const auto& text : rows) {
    auto m = ordinary();
    m.text = text;
    EXPECT_EQ(round_trip(m).text, text);
    m.html = "<p>" + text + "</p>";
    auto back = round_trip(m);
    EXPECT_EQ(back.text.find_last_not_of(" \t\n"), text.find_last_not_of(" \t\n"));
    EXPECT_TRUE(back.has_html);
    EXPECT_TRUE(back.attachments.empty());
  }
}

TEST(render, html_makes_an_alternative_with_the_text_first) {
  auto m = ordinary();
  m.html = "<p>Hallo Jörg</p>";
  auto raw = render(m);
  EXPECT_NE(header_of(raw).find("Content-Type: multipart/alternative;"), std::string::npos);
  EXPECT_LT(raw.find("text/plain"), raw.find("text/html"));
  EXPECT_EQ(round_trip(m).text, m.text);
}

TEST(render, is_pure_and_the_boundary_belongs_to_the_mail) {
  auto m = ordinary();
  m.html = "<p>x</p>";
  auto once = render(m);
  EXPECT_EQ(render(m), once);
  auto boundary = once.substr(once.find("boundary=\"") + 10, 42);
  m.message_id = "out.2@example.com";
  EXPECT_EQ(render(m).find(boundary), std::string::npos);
}

TEST(render, has_the_fields_of_an_automatic_answer) {
  auto header = header_of(render(ordinary()));
  for (auto field :
       {"Auto-Submitted: auto-replied\r\n", "X-Auto-Response-Suppress: All\r\n",
        "MIME-Version: 1.0\r\n", "Message-ID: <out.1@example.com>\r\n",
        "In-Reply-To: <1@example.org>\r\n", "References: <0@example.org> <1@example.org>\r\n",
        "Date: Mon, 23 Nov 2026 13:53:41 +0000\r\n"})
    EXPECT_NE(header.find(field), std::string::npos) << field << header;
}

TEST(render, leaves_out_what_is_not_given) {
  outgoing_mail m;
  m.from = {"", "it@example.com"};
  auto header = header_of(render(m));
  for (auto field : {"Auto-Submitted", "X-Auto-Response-Suppress", "In-Reply-To", "References",
                     "Message-ID", "Reply-To", "<>"})
    EXPECT_EQ(header.find(field), std::string::npos) << field;
  EXPECT_NE(header.find("To: undisclosed-recipients:;\r\n"), std::string::npos);
}

TEST(render, no_value_can_add_a_header_or_a_body) {
  const std::string attacks[] = {"x\r\nBcc: evil@example.org",
                                 "x\nBcc: evil@example.org",
                                 "x\rBcc: evil@example.org",
                                 "x\r\n\r\nbody",
                                 std::string("x\0\r\nBcc: y", 11),
                                 "x\xC2\x85"
                                 "Bcc: y",
                                 "x>\r\nBcc: y <z",
                                 "x\r\n Bcc: y"};
  for (const auto& attack : attacks) {
    auto m = ordinary();
    m.from = {attack, attack + "@example.com"};
    m.reply_to = m.from;
    m.to = {{attack, attack + "@example.org"}, {"", attack}};
    m.subject = m.message_id = m.in_reply_to = m.auto_submitted = attack;
    m.references = {attack};
    auto raw = render(m);
    expect_well_formed(raw);
    auto lines = lines_of(header_of(raw));
    EXPECT_EQ(lines.back(), "Content-Transfer-Encoding: 7bit");
    for (const auto& line : lines) {
      EXPECT_NE(line.substr(0, 4), "Bcc:") << attack;
      EXPECT_FALSE(line.empty()) << attack;
    }
  }
}

TEST(render, addresses_cannot_name_more_recipients) {
  auto m = ordinary();
  m.to = {{"", "a@example.org, b@example.org"},
          {"", "c@example.org>, <d@example.org"},
          {"x\", <e@example.org>, \"", "f@example.org"}};
  EXPECT_EQ(round_trip(m).to.size(), 3u);
}

TEST(render, a_domain_of_another_script_goes_out_in_ascii) {
  auto m = ordinary();
  m.to = {{"", "a@bücher.example"}};
  EXPECT_EQ(round_trip(m).to.at(0).addr, "a@xn--bcher-kva.example");
}

TEST(render, long_subjects_names_and_lists_are_folded) {
  auto m = ordinary();
  m.subject = std::string(3000, 'w');
  m.from.name = std::string(1000, 'n') + ", x";
  for (int i = 0; i < 300; ++i) {
    m.to.push_back({"Person " + std::to_string(i), "p" + std::to_string(i) + "@example.org"});
    m.references.push_back(std::to_string(i) + "@example.org");
  }
  m.references.push_back(std::string(2000, 'r'));
  auto back = round_trip(m);
  EXPECT_EQ(back.subject, m.subject);
  EXPECT_EQ(back.from.name, m.from.name);
  EXPECT_EQ(back.references.size(), 100u);
  m.subject = "many short words ";
  for (int i = 0; i < 100; ++i) m.subject += "again and ";
  m.subject += "end";
  for (const auto& line : lines_of(header_of(render(m)))) EXPECT_LE(line.size(), 78u) << line;
  EXPECT_EQ(round_trip(m).subject, m.subject);
}

TEST(render, a_subject_that_looks_encoded_stays_as_it_is) {
  auto m = ordinary();
  m.subject = "=?utf-8?q?not_decoded?= x";
  EXPECT_EQ(round_trip(m).subject, m.subject);
}

TEST(render, a_file_goes_along_byte_for_byte_beside_text_and_html) {
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i * 7 % 256);
  for (const std::size_t size : {0u, 1u, 56u, 57u, 58u, 16'384u, 16'385u, 70'000u})
    for (const auto* html : {"", "<p>x</p>"}) {
      auto m = ordinary();
      m.html = html;
      m.file = {"mail.eml", "application/octet-stream",
                std::make_shared<const std::string>(bytes.substr(0, size))};
      const auto raw = render(m);
      const auto back = round_trip(m);
      EXPECT_EQ(back.text, m.text);
      EXPECT_EQ(back.has_html, !m.html.empty());
      ASSERT_EQ(back.attachments.size(), 1u) << raw.substr(0, 2000);
      EXPECT_EQ(back.attachments[0].name, "mail.eml");
      EXPECT_EQ(back.attachments[0].content_type, "application/octet-stream");
      EXPECT_EQ(back.attachments[0].size, size);
      const auto start = raw.find("\r\n\r\n", raw.find("filename=")) + 4;
      EXPECT_EQ(decode(raw.substr(start, raw.rfind("\r\n--=_") - start), transfer::base64, 100'000),
                bytes.substr(0, size));
    }
}

TEST(render, the_name_of_a_file_cannot_leave_its_quotes) {
  auto m = ordinary();
  m.file = {"a\"\r\nBcc: x/../b.eml", "text/x\r\nBcc: y", std::make_shared<const std::string>("z")};
  const auto raw = render(m);
  EXPECT_NE(raw.find("filename=\"aBccx..b.eml\"\r\n"), std::string::npos) << raw;
  EXPECT_EQ(raw.find("\r\nBcc"), std::string::npos) << raw;
}

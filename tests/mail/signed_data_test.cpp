#include "mail/signed_data.hpp"

#include <gtest/gtest.h>

#include "parsed.hpp"
#include "tests/support/opaque_signed.hpp"

using namespace postroom::mail;
using namespace postroom::support;
using namespace std::string_literals;

namespace {

std::string content_of(std::string bytes) {
  const auto content = signed_content(bytes);
  return content ? std::string(*content) : "nothing";
}

const std::string text_part = "Content-Type: text/plain\r\n\r\nIt is me.\r\n";
const std::string with_file =
    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nSee it.\r\n--i\r\n"
    "Content-Type: application/x-msdownload; name=evil.exe\r\n\r\nMZ\r\n--i--\r\n";

}  // namespace

TEST(signed_data, its_content_is_found_however_it_is_written) {
  struct row {
    const char* what;
    std::string bytes, content;
  };
  const auto piece = [](std::string_view text) { return der(0x04, text); };
  const auto whole = signed_data(der(0x04, "hello"));
  const auto in_pieces = signed_data(indefinite(0x24, piece("hel") + piece("lo")), indefinite);
  const row rows[] = {
      {"of known length", whole, "hello"},
      {"of unknown length", signed_data(der(0x04, "hello"), indefinite), "hello"},
      {"in pieces", in_pieces, "hello"},
      {"in pieces of known length", signed_data(der(0x24, piece("hel") + piece("lo"))), "hello"},
      {"in pieces of pieces",
       signed_data(indefinite(0x24, indefinite(0x24, piece("he") + piece("l")) + piece("l") +
                                        der(0x24, piece("o"))),
                   indefinite),
       "hello"},
      {"long", signed_data(der(0x04, std::string(40'000, 'x'))), std::string(40'000, 'x')},
      {"followed by more", whole + "garbage", "hello"},
      {"cut off", whole.substr(0, whole.find("hel") + 3), "hel"},
      {"cut off in pieces", in_pieces.substr(0, in_pieces.find("hel") + 3), "hel"},
      {"empty", signed_data(der(0x04, "")), ""},
      {"elsewhere", signed_data(""), "nothing"},
      {"elsewhere, of unknown length", signed_data("", indefinite), "nothing"},
      {"no octets", signed_data(der(0x30, "hello")), "nothing"},
      {"enveloped", "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x80"s, "nothing"},
      {"none", "hello", "nothing"},
      {"no bytes", "", "nothing"},
  };
  for (const auto& r : rows) EXPECT_EQ(content_of(r.bytes), r.content) << r.what;
}

TEST(signed_data, lengths_and_levels_that_are_lies_end_with_the_bytes) {
  const auto whole = signed_data(der(0x04, "hello"), indefinite);
  for (std::size_t size = 0; size <= whole.size(); ++size) content_of(whole.substr(0, size));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (char lie : {'\x80', '\xFF', '\x88', '\x1F', '\0', '\x24'}) {
      auto broken = whole;
      broken[at] = lie;
      content_of(broken);
    }
  std::string deep = "\x24\x80"s;
  for (int i = 0; i < 16; ++i) deep += deep;
  EXPECT_EQ(content_of(signed_data(deep, indefinite)), "");
}

TEST(signed_data, the_text_and_the_files_in_it_are_the_mails) {
  auto m = parsed("Subject: s\n" + opaque_signed(with_file));
  EXPECT_TRUE(m.is_signed);
  EXPECT_EQ(m.text, "See it.");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].name, "evil.exe");
  EXPECT_EQ(m.attachments[0].size, 2u);
}

TEST(signed_data, is_looked_into_wherever_it_stands_and_whatever_its_type_says) {
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nabove\n--b\n";
  struct row {
    const char* what;
    std::string mail, text;
  };
  const row rows[] = {
      {"signed twice", opaque_signed(opaque_signed(text_part)), "It is me.\n"},
      {"old type", opaque_signed(text_part, "application/x-pkcs7-mime"), "It is me.\n"},
      {"octets", opaque_signed(text_part, "application/octet-stream; name=\"smime.p7m\""),
       "It is me.\n"},
      {"beside a text", mixed + opaque_signed(text_part) + "--b\n\nbelow\n--b--\n",
       "above\nIt is me.\nbelow"},
      {"signed in pieces",
       "Content-Type: application/pkcs7-mime; smime-type=signed-data\n"
       "Content-Transfer-Encoding: base64\n\n" +
           encode_bytes(signed_data(indefinite(0x24, der(0x04, text_part.substr(0, 30)) +
                                                         der(0x04, text_part.substr(30))),
                                    indefinite)),
       "It is me.\n"},
  };
  for (const auto& r : rows) {
    auto m = parsed("Subject: s\n" + r.mail);
    EXPECT_EQ(m.text, r.text) << r.what;
    EXPECT_TRUE(m.is_signed) << r.what;
    EXPECT_TRUE(m.attachments.empty()) << r.what;
  }
}

TEST(signed_data, a_mail_that_is_cut_off_shows_what_is_there) {
  const auto whole = "Subject: s\n" + opaque_signed(text_part + std::string(3000, 'x'));
  auto m = parsed(whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(m.text.starts_with("It is me.\nxxx")) << m.text;
  EXPECT_TRUE(m.is_signed);
}

TEST(signed_data, a_signed_document_stays_a_file) {
  const std::string start = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n";
  for (std::string document : {"<?xml version=\"1.0\"?>\n<invoice/>\n", "%PDF-1.7\n", ""}) {
    auto m = parsed(start + opaque_signed(document, "application/octet-stream; name=a.xml.p7m") +
                    "--b--\n");
    EXPECT_EQ(m.text, "see");
    EXPECT_FALSE(m.is_signed) << "the document is, not the mail";
    ASSERT_EQ(m.attachments.size(), 1u);
    EXPECT_EQ(m.attachments[0].name, "a.xml.p7m");
  }
}

TEST(signed_data, is_looked_into_within_the_limits_only) {
  auto deep = text_part;
  for (int i = 0; i < 10; ++i) deep = opaque_signed(deep);
  auto m = parsed("Subject: s\n" + deep);
  EXPECT_EQ(m.text, "");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].name, "smime.p7m");

  parse_limits few;
  few.max_attachments = 3;
  std::string many = "Content-Type: multipart/mixed; boundary=i\n\n";
  for (int i = 0; i < 1000; ++i) many += "--i\nContent-Type: a/b\n\nx\n";
  EXPECT_EQ(parsed("Subject: s\n" + opaque_signed(many), few).attachments.size(), 3u);

  const auto body = opaque_signed(text_part);
  const auto at = body.find("\n\n") + 2;
  const auto closed = outline(read_content_fields(body.substr(0, at)),
                              std::string_view(body).substr(at), {.max_opened = 10});
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].opened, nullptr);
}

#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "mail/mail.hpp"

using namespace postroom;

namespace {

std::string hash_of(const std::string& raw) {
  auto m = mail::parse(raw);
  EXPECT_TRUE(m.ok());
  return m.ok() ? m->content_hash : "";
}

std::string with_crlf(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  return text;
}

const std::string core =
    "From: a@example.org\nSubject: one\n two\nDate: Mon, 23 Nov 2026 14:00:00 +0000\nMessage-ID: "
    "<1@example.org>\n";

}  // namespace

TEST(content_hash, is_the_digest_of_four_values_and_the_body_with_bare_line_ends) {
  sha256 digest;
  digest.update(
      "<1@example.org>\na@example.org\nMon, 23 Nov 2026 14:00:00 +0000\none two\nline\nline\n");
  EXPECT_EQ(hash_of(with_crlf(core + "\nline\nline\n")), to_hex(digest.finish()));
}

TEST(content_hash, the_way_a_mail_took_does_not_count) {
  auto expected = hash_of(core + "\nbody\n");
  const std::string others[] = {
      with_crlf(core + "\nbody\n"),
      "Received: from x\n by y; z\n" + core + "\nbody\n",
      "Return-Path: <r@example.org>\nDelivered-To: it@example.com\n" + core +
          "X-Spam: no\nTo: hr@example.com\n\nbody\n",
      "From a@example.org Mon Nov 23 14:00:00 2026\n" + core + "\nbody\n",
  };
  for (const auto& raw : others) EXPECT_EQ(hash_of(raw), expected) << raw;
}

TEST(content_hash, another_sender_subject_date_id_or_body_is_another_mail) {
  auto expected = hash_of(core + "\nbody\n");
  for (auto word : {"a@", "one", "Mon", "<1", "two"}) {
    auto other = core;
    other.replace(other.find(word), 1, "9");
    EXPECT_NE(hash_of(other + "\nbody\n"), expected) << word;
  }
  EXPECT_NE(hash_of(core + "\nbody\n\n"), expected);
  EXPECT_NE(hash_of(core + "\nbody \n"), expected);
}

TEST(content_hash, line_ends_converted_twice_do_not_count) {
  EXPECT_EQ(hash_of(core + "\na\r\r\nb\n"), hash_of(core + "\na\nb\n"));
}

TEST(content_hash, only_a_cr_before_an_lf_is_dropped_wherever_the_pieces_end) {
  EXPECT_NE(hash_of(core + "\na\rb\n"), hash_of(core + "\nab\n"));
  EXPECT_NE(hash_of(core + "\nab\r"), hash_of(core + "\nab"));
  for (std::size_t length : {32766u, 32767u, 32768u, 32769u, 100000u}) {
    std::string text = std::string(length, 'x') + "\n" + std::string(length, 'y') + "\nend\n";
    EXPECT_EQ(hash_of(core + "\n" + with_crlf(text)), hash_of(core + "\n" + text)) << length;
  }
}

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>

#include "every_string.hpp"
#include "mail/utf8.hpp"
#include "tests/support/peak_memory.hpp"

using namespace postroom::mail;
using postroom::support::memory_of;

namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string nested(int levels, const std::string& type) {
  std::string out;
  for (int i = 0; i < levels; ++i)
    out += "Content-Type: multipart/" + type + "; boundary=b" + std::to_string(i) + "\n\n--b" +
           std::to_string(i) + "\n";
  return out + "Content-Type: text/plain\n\ndeep\n";
}

/// Runs on a thread with a stack of this many bytes.
void with_stack(std::size_t bytes, std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread;
  auto run = [](void* w) -> void* {
    (*static_cast<std::function<void()>*>(w))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST(hostile, five_thousand_levels_fit_a_small_stack) {
  for (auto type : {"mixed", "alternative", "digest"})
    with_stack(256u << 10, [&] {
      auto m = parse(nested(5000, type));
      ASSERT_TRUE(m.ok());
      EXPECT_EQ(m->attachments.size(), 1u) << type;
    });
}

TEST(hostile, any_depth_that_can_be_asked_for_fits_a_small_stack) {
  parse_limits limits;
  limits.max_depth = 1'000'000;
  with_stack(256u << 10, [&] { EXPECT_TRUE(parse(nested(5000, "alternative"), limits).ok()); });
}

TEST(hostile, parts_are_looked_into_as_deep_as_the_limit_says) {
  parse_limits limits;
  limits.max_depth = 10;
  EXPECT_EQ(parse(nested(10, "mixed"), limits)->text, "deep");
  EXPECT_EQ(parse(nested(11, "mixed"), limits)->text, "");
  EXPECT_EQ(parse(nested(11, "mixed"), limits)->attachments.at(0).content_type, "multipart/mixed");
}

TEST(hostile, nested_groups_and_comments_fit_a_small_stack) {
  with_stack(256u << 10, [&] {
    for (std::string_view piece : {"a:", "(", "<", "\"", "[", "@", "((a)", "a@b:", "=?utf-8?q?a?="})
      EXPECT_TRUE(parse("From: " + repeated(piece, 100'000) + "\nDate: " + repeated(piece, 1000) +
                        "\nSubject: " + repeated(piece, 100'000) + "\nContent-Type: text/plain; " +
                        repeated(piece, 100'000) + "\n\nx")
                      .ok());
  });
}

TEST(hostile, of_ten_thousand_attachments_as_many_as_allowed_are_described) {
  auto raw = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n" +
             repeated("--b\nContent-Type: image/png\n\nx\n", 10'000);
  auto m = parse(raw);
  EXPECT_EQ(m->attachments.size(), 1000u);
  EXPECT_EQ(m->text, "hello");
  parse_limits limits;
  limits.max_attachments = 3;
  EXPECT_EQ(parse(raw, limits)->attachments.size(), 3u);
}

TEST(hostile, of_huge_address_lists_as_many_as_allowed_are_kept) {
  auto list = "a@example.org" + repeated(", a@example.org", 100'000);
  auto m = parse("To: " + list + "\nCc: " + list + "\nTo: x@example.org\n\n");
  EXPECT_EQ(m->to.size(), 200u);
  EXPECT_EQ(m->cc.size(), 200u);
}

TEST(hostile, of_entries_without_an_address_only_the_first_are_looked_at) {
  const auto bare = repeated("a,", 30'000);
  const auto m =
      parse("From: " + bare + "x@example.org\nTo: " + repeated("\"Smith, A\" <a@b>,", 150) +
            "\nReply-To: " + bare + "\n\nx");
  ASSERT_TRUE(m.ok());  // in milliseconds; all of them took a minute
  EXPECT_FALSE(m->from_doubt.empty());
  EXPECT_EQ(m->to.size(), 150u);
}

TEST(hostile, amplifiers_take_little_memory) {
  struct row {
    std::string what, raw;
  };
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n";
  const row rows[] = {
      {"a million parts", mixed + repeated("\n--b\n", 1'000'000)},
      {"two million headers of a part", mixed + repeated("a:\n", 2'000'000)},
      {"a million headers", repeated("a:\n", 1'000'000) + "\nx"},
      {"a million recipients", repeated("To:a@b\n", 500'000) + "\nx"},
      {"no boundary",
       "Content-Type: multipart/mixed\n\n" + repeated("a line of text\n", 1'000'000)},
      {"a long line", "Subject: x\n\n" + std::string(20'000'000, 'x')},
      {"much html", "Content-Type: text/html\n\n" + repeated("<p><b title=\"x", 1'000'000)},
      {"comments", "Content-Type: text/html\n\n" + repeated("<!-", 5'000'000)},
      {"parameters", "Content-Type: text/plain" + repeated(";a*0*=b", 500'000) + "\n\nx"},
      {"many texts", mixed + repeated("\n" + std::string(500, 'x') + "\n--b\n", 20'000)},
  };
  for (const auto& r : rows) {
    auto cost = memory_of([&] { EXPECT_TRUE(parse(r.raw).ok()) << r.what; });
    EXPECT_LT(cost, 16u << 20) << r.what;
  }
}

TEST(hostile, a_mail_of_fifty_megabytes_is_not_copied) {
  auto raw =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/zip\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n" +
      repeated(std::string(76, 'A') + "\r\n", 50'000'000 / 78) + "--b--\r\n";
  auto cost = memory_of([&] {
    auto m = parse(raw);
    ASSERT_TRUE(m.ok());
    ASSERT_EQ(m->attachments.size(), 1u);
    EXPECT_EQ(m->attachments[0].size, 50'000'000u / 78 * 57);
  });
  EXPECT_LT(cost, 4u << 20);
}

TEST(hostile, of_a_mail_with_carriage_returns_alone_only_the_header_is_copied) {
  const std::string header = "Subject: x\rX-Team: one\r";
  const auto body = repeated(std::string(76, 'A') + "\r", 50'000'000 / 77);
  for (const auto& raw : {header + "\r" + body, header + "no field\r" + body})
    EXPECT_LT(memory_of([&] { EXPECT_EQ(header_of(raw), "Subject: x\nX-Team: one\n"); }), 8u << 20);
  EXPECT_LT(memory_of([&] { EXPECT_EQ(header_of(repeated("A: b\r", 10'000'000)), ""); }), 80u << 20)
      << "a header that never ends is no header, but for the mail itself nothing is large";
}

TEST(hostile, whatever_the_bytes_all_strings_are_utf8) {
  std::string junk;
  for (int i = 0; i < 3000; ++i) junk += static_cast<char>(i * 7 % 251 + (i % 13 == 0 ? 128 : 1));
  const auto flat = [&] {
    auto out = junk;
    for (auto& c : out)
      if (c == '\n' || c == '\0') c = '\xFE';
    return out;
  }();
  for (std::string type :
       {"text/plain", "text/html", "text/plain; charset=utf-16", "text/plain; charset=gb18030",
        "text/plain; charset=iso-2022-jp", "multipart/mixed; boundary=b"}) {
    auto m = parse("From: " + flat + "\nTo: " + flat + "\nSubject: =?utf-8?q?" + flat +
                   "?=\nMessage-ID: <" + flat + ">\nReferences: <" + flat +
                   ">\nContent-Type: " + type + "\n\n" + junk + "\n--b\nContent-Type: " + flat +
                   "/" + flat + "; name=" + flat + "\n\n" + junk);
    ASSERT_TRUE(m.ok()) << type;
    every_string(*m, [&](const std::string& s) { EXPECT_TRUE(is_utf8(s)) << type; });
  }
}

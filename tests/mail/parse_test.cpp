#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "parsed.hpp"

using namespace postroom;
using namespace postroom::mail;

namespace {

std::string with_crlf(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  return text;
}

const std::string ordinary =
    "Received: from a.example.org by b.example.org; Mon, 23 Nov 2026 14:00:00 +0000\n"
    "From: \"Doe, Jane\" <jane@example.org>\n"
    "Reply-To: desk@example.org\n"
    "To: it@example.com, =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\n"
    "Cc: team: a@example.org, b@example.org;\n"
    "Subject: =?utf-8?B?RHJ1Y2tlciBrYXB1dHQg4oCT?=\n"
    " =?utf-8?q?_schon_wieder?=\n"
    "Date: Mon, 23 Nov 2026 15:05:09 +0100\n"
    "Message-ID: <1@example.org>\n"
    "In-Reply-To: <0@example.org>\n"
    "References: <x@example.org>\n"
    " <0@example.org>\n"
    "\n"
    "It smokes.\n";

}  // namespace

TEST(parse, reads_every_field_of_an_ordinary_mail_whatever_its_line_ends) {
  for (const auto& raw : {ordinary, with_crlf(ordinary)}) {
    auto m = parsed(raw);
    EXPECT_EQ(m.from, (address{"Doe, Jane", "jane@example.org"}));
    EXPECT_EQ(m.reply_to, (address{"", "desk@example.org"}));
    EXPECT_EQ(m.to, (std::vector<address>{{"", "it@example.com"}, {"Jörg", "joerg@example.com"}}));
    EXPECT_EQ(m.cc, (std::vector<address>{{"", "a@example.org"}, {"", "b@example.org"}}));
    EXPECT_EQ(m.subject, "Drucker kaputt – schon wieder");
    EXPECT_EQ(m.message_id, "1@example.org");
    EXPECT_EQ(m.in_reply_to, "0@example.org");
    EXPECT_EQ(m.references, (std::vector<std::string>{"x@example.org", "0@example.org"}));
    ASSERT_TRUE(m.date);
    EXPECT_EQ(render_time(*m.date), "2026-11-23T14:05:09.000Z");
    EXPECT_EQ(m.text, "It smokes.\n");
    EXPECT_FALSE(m.text_truncated);
    EXPECT_FALSE(m.has_html);
    EXPECT_TRUE(m.attachments.empty());
  }
}

TEST(parse, a_mail_with_hardly_any_header_is_still_a_mail) {
  auto m = parsed("X-Thing: 1\n\nhello");
  EXPECT_EQ(m.from, address{});
  EXPECT_EQ(m.subject + m.message_id + m.in_reply_to, "");
  EXPECT_TRUE(m.to.empty());
  EXPECT_FALSE(m.date);
  EXPECT_EQ(m.text, "hello");
}

TEST(parse, a_mail_of_header_only_has_an_empty_text) {
  EXPECT_EQ(parsed("Subject: call me").subject, "call me");
  EXPECT_EQ(parsed("Subject: call me\n").text, "");
}

TEST(parse, tolerates_what_stands_before_the_header) {
  for (std::string before : {"From jane@example.org Mon Nov 23 14:00:00 2026\n", ">From x\r\n",
                             "\r\n\n", "\xEF\xBB\xBF"}) {
    auto m = parsed(before + "Subject: s\n\nbody\n");
    EXPECT_EQ(m.subject, "s") << before;
    EXPECT_EQ(m.text, "body\n") << before;
  }
}

TEST(parse, a_forgotten_blank_line_does_not_swallow_the_text) {
  struct row {
    std::string raw, subject, text;
  };
  const row rows[] = {
      {"Subject: s\nHello,\nit is late: do it.\n\nBye\n", "s",
       "Hello,\nit is late: do it.\n\nBye\n"},
      {"Subject: s\nHello\n", "s", "Hello\n"},
      // One broken line among fields is no text.
      {"Subject: s\nbroken\nFrom: a@example.org\n\ntext\n", "s", "text\n"},
      {"X-A: 1\nbroken\nX-B: 2\nSubject: s\n\ntext\n", "s", "text\n"},
      {"Subject: s\n continued\n\ntext\n", "s continued", "text\n"},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(parsed(r.raw).subject, r.subject) << r.raw;
    EXPECT_EQ(parsed(r.raw).text, r.text) << r.raw;
  }
}

TEST(parse, lines_may_end_in_nothing_but_cr) {
  auto cr = ordinary;
  std::replace(cr.begin(), cr.end(), '\n', '\r');
  EXPECT_EQ(parsed(cr).subject, "Drucker kaputt – schon wieder");
  EXPECT_EQ(parsed(cr).text, "It smokes.\n");
}

TEST(parse, of_a_field_that_stands_there_twice_the_first_that_says_something_counts) {
  auto m = parsed(
      "Subject:\nSubject: one\nSubject: two\nFrom: \nFrom: a@example.org\nFrom: b@example.org\n\n");
  EXPECT_EQ(m.subject, "one");
  EXPECT_EQ(m.from.addr, "a@example.org");
}

TEST(parse, tells_why_a_mail_is_unparsable) {
  struct row {
    std::string raw, why;
  };
  parse_limits limits;
  limits.max_header = 1000;
  const row rows[] = {
      {"", "the mail is empty"},
      {"\r\n\r\n", "the mail is empty"},
      {"just a line\n\nSubject: too late\n", "there is no header"},
      {std::string(500, '\0'), "the header is NUL bytes"},
      {"Subject: x" + std::string(10, '\0') + "\n\nbody", "the header is NUL bytes"},
      {"Subject: " + std::string(2000, 'x') + "\n\nbody", "the header is too large"},
      {"Subject: x\n " + std::string(2000, 'x') + "\n\nbody", "the header is too large"},
  };
  for (const auto& r : rows) {
    auto m = parse(r.raw, limits);
    ASSERT_FALSE(m.ok()) << r.why;
    EXPECT_EQ(m.error().code, ec::mail_unparsable);
    EXPECT_EQ(m.error().detail, r.why);
  }
}

TEST(parse, the_sender_is_the_first_address_of_from_else_of_sender) {
  struct row {
    std::string header;
    address from;
  };
  const row rows[] = {
      {"From: a@example.org\nSender: s@example.org", {"", "a@example.org"}},
      {"From: A <a@example.org>, B <b@example.org>", {"A", "a@example.org"}},
      {"From: nobody <>, b@example.org", {"", "b@example.org"}},
      {"From: root\nSender: Cron <cron@example.org>", {"Cron", "cron@example.org"}},
      {"From: root", {"root", ""}},
      {"From: Cron <root>", {"Cron", ""}},
      {"From: MAILER DAEMON <>", {"MAILER DAEMON", ""}},
      {"From: Big Bug bug@example.org", {"", "bug@example.org"}},
      {"From: [mailto:bug@example.org]", {"", "bug@example.org"}},
      {"From: @ a@ @b <>", {"", ""}},
      {"From: undisclosed:;\nSender: s@example.org", {"", "s@example.org"}},
      {"Sender: s@example.org", {"", "s@example.org"}},
      {"From: a@example.org (A. Person)", {"A. Person", "a@example.org"}},
      {"From: Broken <a@example.org", {"Broken", "a@example.org"}},
      {"From: J\xF6rg <a@example.org>", {"Jörg", "a@example.org"}},
      {"From: Jörg <a@example.org>", {"Jörg", "a@example.org"}},
      {"From: =?x-none?q?a=F6?= <a@example.org>", {"aö", "a@example.org"}},
      {"From : a@example.org", {"", "a@example.org"}},
      {"from:\n A\n <a@example.org>", {"A", "a@example.org"}},
  };
  for (const auto& r : rows) EXPECT_EQ(parsed(r.header + "\n\nx").from, r.from) << r.header;
}

TEST(parse, what_a_sender_writes_beside_the_address_stands_behind_the_name) {
  struct row {
    std::string from;
    address read;
  };
  const row rows[] = {
      {"Ann (Support) <a@example.org>", {"Ann (Support)", "a@example.org"}},
      {"Ann <a(on\\) call)@example.org(home)> (2nd (floor))",
       {"Ann (on) call home 2nd (floor))", "a@example.org"}},
      {"Ann (=?utf-8?q?B=C3=BCro?=) =?utf-8?q?Doe?= <a@example.org>",
       {"Ann Doe (Büro)", "a@example.org"}},
      {"<a@example.org> Ann", {"Ann", "a@example.org"}},
      {"(Ann) <a@example.org>", {"Ann", "a@example.org"}},
      {"\"Ann (Support)\" <a@example.org>", {"Ann (Support)", "a@example.org"}},
      {"\"Ann \\\" (x)\" <a@example.org>", {"Ann \" (x)", "a@example.org"}},
      {"Ann <a@example.org> <b@example.org>", {"Ann", "a@example.org"}},
      {"Ann (b@example.net>) <a@example.org>", {"Ann (b@example.net>)", "a@example.org"}},
      {"Ann (\\", {"", ""}},
  };
  for (const auto& r : rows) EXPECT_EQ(parsed("From: " + r.from + "\n\nx").from, r.read) << r.from;
}

TEST(parse, a_sender_without_a_domain_is_told_apart_from_none) {
  EXPECT_EQ(parsed("From: Cron <root>\n\nx").local_sender, "root");
  EXPECT_EQ(parsed("From: Cron <root> (x)\n\nx").local_sender, "root");
  for (const auto* from : {"Cron <>", "root", "Ann <a@example.org>", "Ann <a b>", "Ann <(root)>"})
    EXPECT_EQ(parsed("From: " + std::string(from) + "\n\nx").local_sender, "") << from;
}

TEST(parse, message_ids_lose_their_brackets_and_blanks) {
  EXPECT_EQ(parsed("Message-ID: <a@b>\n\n").message_id, "a@b");
  EXPECT_EQ(parsed("Message-ID: <a@b> <c@d>\n\n").message_id, "a@b");
  EXPECT_EQ(parsed("Message-ID:\n <a\n @b>\n\n").message_id, "a@b");
  EXPECT_EQ(parsed("Message-ID: a@b\n\n").message_id, "a@b");
  EXPECT_EQ(parsed("Message-ID: none\n\n").message_id, "");
  EXPECT_EQ(parsed("In-Reply-To: Your message of <a@b>\n\n").in_reply_to, "a@b");
}

TEST(parse, of_many_references_the_first_and_the_last_are_kept) {
  std::string header = "References:";
  for (int i = 0; i < 500; ++i) header += " <" + std::to_string(i) + "@example.org>\n";
  auto m = parsed(header + "\n");
  ASSERT_EQ(m.references.size(), 100u);
  EXPECT_EQ(m.references.front(), "0@example.org");
  EXPECT_EQ(m.references[1], "401@example.org");
  EXPECT_EQ(m.references.back(), "499@example.org");
}

TEST(parse, a_date_that_is_none_is_no_date) {
  for (auto date : {"", "yesterday", "Mon, 99 Nov 2026", "\xFF\xFE"})
    EXPECT_FALSE(parsed(std::string("Date: ") + date + "\n\n").date) << date;
}

TEST(parse, the_subject_is_one_line_without_control_characters) {
  EXPECT_EQ(parsed("Subject: a\tb\x07 \n  c\n\n").subject, "a b c");
  EXPECT_EQ(parsed("Subject: =?utf-8?q?a=0D=0ABcc:_x?=\n\n").subject, "a Bcc: x");
}

TEST(parse, many_threads_at_once_read_the_same) {
  auto expected = parsed(ordinary);
  std::atomic<int> same{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        auto m = parse(ordinary);
        same += m.ok() && m->subject == expected.subject && m->to == expected.to &&
                m->date == expected.date;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(same, 400);
}

TEST(parse, tells_what_a_program_wrote_from_what_a_person_wrote) {
  const std::string rest = "From: a@example.org\nSubject: x\n\nhello\n";
  for (const char* field :
       {"Auto-Submitted: auto-replied", "auto-submitted: Auto-Generated; owner=x",
        "Auto-Submitted:\n auto-notified (by a program)", "Precedence: bulk", "precedence: JUNK",
        "Precedence: list", "Return-Path: <>", "Return-Path:<>\nAuto-Submitted: no"})
    EXPECT_FALSE(may_answer(parsed(field + ("\n" + rest)).author).allowed) << field;
  for (const char* field :
       {"X-A: b", "Auto-Submitted: no", "Auto-Submitted: No (a person)",
        "Auto-Submitted:", "Precedence: first-class", "Return-Path: <a@example.org>"})
    EXPECT_TRUE(may_answer(parsed(field + ("\n" + rest)).author).allowed) << field;
}

#include <gtest/gtest.h>

#include "tests/channels/imap_dialogs.hpp"
#include "tests/channels/inbound_client.hpp"

namespace postroom::channels {
namespace {

using namespace support;
using lines = std::vector<std::string>;

/// A client that is in, on a server that goes on with `rest`.
struct fetching {
  scripted_server server;
  inbound_settings settings;
  std::unique_ptr<inbound_client> client;

  explicit fetching(dialog rest, std::function<void(inbound_settings&)> change = {})
      : server(dialog{opened(), std::move(rest)}), settings(settings_for(server)) {
    if (change) change(settings);
    client = std::make_unique<inbound_client>(settings);
    const auto box = client->open();
    EXPECT_TRUE(box.ok()) << box.error().detail;
  }
};

TEST(imap_fetch, gives_the_same_mails_whatever_the_split) {
  const std::string bytes = fetch_answer(1, "one\r\n{3}\r\n") +
                            "* 2 FETCH (BODY[] {3}\r\ntwo UID 2)\r\n" + fetch_answer(3, "") +
                            "pr3 OK done\r\n";
  for (const std::size_t per_write : {0u, 1u, 2u, 3u, 7u}) {
    fetching f(dialog{C("{t} UID FETCH 1:3 (UID BODY.PEEK[])"), S_raw(bytes, per_write)});
    const auto got = f.client->fetch(mails({1, 2, 3}));
    ASSERT_TRUE(got.end);
    EXPECT_EQ(got.brief(), (lines{"1:one\r\n{3}\r\n", "2:two", "3:"}));
  }
}

TEST(imap_fetch, bears_what_the_server_says_unasked) {
  fetching f(dialog{C("{t} UID FETCH 1:4 (UID BODY.PEEK[])"), S("* 9 EXISTS"),
                    S_raw(fetch_answer(3, "three")), S("* 2 FETCH (FLAGS (\\Seen) UID 2)"),
                    S("* 1 EXPUNGE"), S("* OK still here"),
                    S_raw(fetch_answer(77, "not asked for")), S_raw(fetch_answer(3, "again")),
                    S("* 5 FETCH (UID 2 BODY[] \"two\")"), S("* 6 FETCH (UID 4 BODY[] NIL)"),
                    S("* LIST () \"/\" x"), S("{t} OK done")});
  const auto got = f.client->fetch(mails({1, 2, 3, 4}));
  ASSERT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"3:three", "2:two", "4:not_found", "1:not_found"}));
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, asks_ahead_before_the_first_answer_is_complete) {
  fetching f(dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"), C("{u} UID FETCH 2 (UID BODY.PEEK[])"),
                    C("{v} UID FETCH 3 (UID BODY.PEEK[])"), S_raw(fetch_answer(1, "one")),
                    S("{t} OK"), S_raw(fetch_answer(2, "two")), S("{u} OK"),
                    S_raw(fetch_answer(3, "three")), S("{v} OK")},
             [](auto& s) { s.pipeline_bytes = 40; });
  awaited_fetch first, second;
  f.client->channel().fetch(mails({1, 2}), first.on_mail(), first.done());
  f.client->channel().fetch(mails({3}), second.on_mail(), second.done());
  const auto b = second.get(), a = first.get();
  EXPECT_TRUE(b.end);
  EXPECT_TRUE(a.end);
  EXPECT_EQ(a.brief(), (lines{"1:one", "2:two"}));
  EXPECT_EQ(b.brief(), (lines{"3:three"}));
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, splits_by_its_window_and_asks_for_a_larger_mail_alone) {
  fetching f(
      dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"), S_raw(fetch_answer(1, "one")), S("{t} OK"),
             C("{t} UID FETCH 2 (UID BODY.PEEK[])"), S_raw(fetch_answer(2, "two")), S("{t} OK"),
             C("{t} UID FETCH 3 (UID BODY.PEEK[])"), S_raw(fetch_answer(3, "three")), S("{t} OK")},
      [](auto& s) { s.pipeline_bytes = 40; });
  auto wanted = mails({1, 2, 3}, 30);
  wanted[1].size = 5'000;
  const auto got = f.client->fetch(wanted);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:one", "2:two", "3:three"}));
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, skips_a_literal_over_the_limit_whatever_was_announced) {
  const std::string big(5'000, 'x');
  fetching f(dialog{C("{t} UID FETCH 1:2,4 (UID BODY.PEEK[])"), S_raw(fetch_answer(1, big)),
                    S_raw("* 2 FETCH (BODY[] {5000}\r\n" + big + " UID 2)\r\n"),
                    S_raw(fetch_answer(4, "four")), S("{t} OK")},
             [](auto& s) { s.max_mail_bytes = 1'000; });
  auto wanted = mails({1, 2, 3, 4});
  wanted[2].size = 1'001;
  const auto got = f.client->fetch(wanted);
  ASSERT_TRUE(got.end);
  EXPECT_EQ(got.brief(),
            (lines{"3:mail_too_large", "1:mail_too_large", "2:mail_too_large", "4:four"}));
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, keeps_no_mail_that_is_far_larger_than_was_said) {
  const std::string big((1u << 20) + 100, 'x');
  fetching f(dialog{
      C("{t} UID FETCH 1:3 (UID BODY.PEEK[])"), S_raw(fetch_answer(1, big)),
      S_raw("* 2 FETCH (BODY[] {" + std::to_string(big.size()) + "}\r\n" + big + " UID 2)\r\n"),
      S_raw(fetch_answer(3, big.substr(0, 1u << 20))), S("{t} OK")});
  const auto got = f.client->fetch(mails({1, 2, 3}));
  ASSERT_TRUE(got.end);
  ASSERT_EQ(got.mails.size(), 3u);
  EXPECT_EQ(got.mails[0].second.code(), ec::mail_too_large);
  EXPECT_EQ(got.mails[1].second.code(), ec::mail_too_large);
  EXPECT_TRUE(got.mails[2].second.ok());
}

TEST(imap_fetch, asks_alone_for_mails_of_a_refused_command) {
  fetching f(
      dialog{C("{t} UID FETCH 1:3 (UID BODY.PEEK[])"), S_raw(fetch_answer(1, "one")),
             S("{t} NO cannot read a mail"), answered("UID FETCH 2 (UID BODY.PEEK[])", "NO broken"),
             C("{t} UID FETCH 3 (UID BODY.PEEK[])"), S_raw(fetch_answer(3, "three")), S("{t} OK")});
  const auto got = f.client->fetch(mails({1, 2, 3}));
  ASSERT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:one", "2:server_busy", "3:three"}));
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, asks_alone_where_the_code_may_speak_of_one_mail_and_goes_on_with_the_mailbox) {
  for (const std::string code : {"SERVERBUG", "CORRUPTION", "CONTACTADMIN"}) {
    const auto no = "NO [" + code + "] cannot read a mail";
    fetching f(dialog{answered("UID FETCH 1:2 (UID BODY.PEEK[])", no),
                      answered("UID FETCH 1 (UID BODY.PEEK[])", no),
                      C("{t} UID FETCH 2 (UID BODY.PEEK[])"), S_raw(fetch_answer(2, "two")),
                      S("{t} OK"), C("{t} UID FETCH 3 (UID BODY.PEEK[])"),
                      S_raw(fetch_answer(3, "three")), S("{t} OK")});
    const auto got = f.client->fetch(mails({1, 2}));
    EXPECT_TRUE(got.end) << code;
    EXPECT_EQ(got.brief(), (lines{"1:server_busy", "2:two"})) << code;
    const auto next = f.client->fetch(mails({3}));
    EXPECT_TRUE(next.end) << code;
    EXPECT_EQ(next.brief(), lines{"3:three"}) << code;
    EXPECT_EQ(f.server.verdict(), "") << code;
  }
}

TEST(imap_fetch, tells_typed_refusals_and_can_be_used_again) {
  const std::pair<std::string, ec> rows[] = {{"NO [THROTTLED] slow", ec::throttled},
                                             {"NO [UNAVAILABLE] later", ec::server_busy},
                                             {"BAD what?", ec::protocol_violation},
                                             {"BAD User is throttled", ec::throttled}};
  for (const auto& [status, code] : rows) {
    fetching f(dialog{answered("UID FETCH 1:2 (UID BODY.PEEK[])", status),
                      C("{t} UID FETCH 1:2 (UID BODY.PEEK[])"), S("* NO [EXPUNGEISSUED] gone"),
                      S("{t} NO [EXPUNGEISSUED] gone")});
    auto got = f.client->fetch(mails({1, 2}));
    EXPECT_EQ(got.end.code(), code) << status;
    EXPECT_EQ(got.brief(), lines{});
    got = f.client->fetch(mails({1, 2}));
    EXPECT_TRUE(got.end);
    EXPECT_EQ(got.brief(), (lines{"1:not_found", "2:not_found"}));
  }
}

TEST(imap_fetch, takes_the_code_of_an_untagged_no_before_a_bare_one) {
  fetching f(dialog{C("{t} UID FETCH 1:2 (UID BODY.PEEK[])"), S("* NO [THROTTLED] slow down"),
                    S("{t} NO failed")});
  EXPECT_EQ(f.client->fetch(mails({1, 2})).end.code(), ec::throttled);
}

TEST(imap_fetch, ends_every_call_when_the_connection_breaks_inside_a_mail) {
  const dialog ends[] = {{hang_up()}, {reset()}, {S("x)"), S("* BYE out"), hang_up()}};
  for (const auto& end : ends) {
    fetching f(dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"),
                      S_raw("* 1 FETCH (UID 1 BODY[] {100}\r\nonly so much"), end});
    awaited_fetch fetch;
    awaited<void> settled;
    f.client->channel().fetch(mails({1}), fetch.on_mail(), fetch.done());
    f.client->channel().settle(mails({1}), after_commit::remove, "", settled.done());
    const auto got = fetch.get();
    EXPECT_EQ(got.end.code(), ec::connection_lost);
    EXPECT_EQ(settled.get().code(), ec::connection_lost);
    EXPECT_EQ(got.brief(), lines{});
    EXPECT_EQ(f.client->list().code(), ec::connection_lost);
  }
}

TEST(imap_fetch, tells_why_the_server_says_good_bye) {
  const std::pair<std::string, ec> rows[] = {
      {"* BYE shutting down", ec::connection_lost},
      {"* BYE [UNAVAILABLE] later", ec::server_busy},
      {"* BYE Account exceeded command or bandwidth limits.", ec::throttled}};
  for (const auto& [bye, code] : rows) {
    fetching f(dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"), S(bye), hang_up()});
    EXPECT_EQ(f.client->fetch(mails({1})).end.code(), code) << bye;
    EXPECT_EQ(f.client->list().code(), ec::connection_lost);
  }
}

TEST(imap_fetch, gives_up_on_a_server_that_breaks_the_protocol) {
  const std::string stories[] = {
      "220 hello\r\n",
      "* 1 FETCH (UID 1 BODY[] {3}\r\nmore than three)\r\npr3 OK\r\n",  // longer than it said
      "* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n",             // no such number
      "pr77 OK done\r\n",                                               // not our tag
      "* " + std::string((1u << 20) + 10, 'x'),                         // a line without an end
  };
  for (const auto& story : stories) {
    fetching f(dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"), S_raw(story)});
    EXPECT_EQ(f.client->fetch(mails({1})).end.code(), ec::protocol_violation)
        << story.substr(0, 60);
    EXPECT_EQ(f.client->list().code(), ec::connection_lost);
  }
}

TEST(imap_fetch, gives_up_on_a_server_that_falls_silent) {
  const std::string stories[] = {
      "", "* 1 FETCH (UID 1 BODY[] {100}\r\nshorter than it said)\r\npr3 OK\r\n"};
  for (const auto& story : stories) {
    fetching f(dialog{C("{t} UID FETCH 1 (UID BODY.PEEK[])"), S_raw(story), hang()},
               [](auto& s) { s.server.request_timeout = duration{150}; });
    EXPECT_EQ(f.client->fetch(mails({1})).end.code(), ec::timeout);
  }
}

TEST(imap_fetch, reads_a_mail_in_pieces_and_waits_for_its_reader) {
  const std::string mail((2u << 20) + 12'345, 'm');
  fetching f(dialog{C("{t} UID FETCH 5 (UID BODY.PEEK[])"), S("* 1 FETCH (FLAGS () UID 4)"),
                    S_raw(fetch_answer(4, "another one")), S_raw(fetch_answer(5, mail)),
                    S_raw(fetch_answer(5, "and again")), S("{t} OK"), answered("NOOP"),
                    answered("UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)")});
  std::mutex mutex;
  std::vector<std::function<void()>> nexts;
  std::vector<std::size_t> sizes;
  awaited<uint64_t> end;
  awaited<listing> listed;
  f.client->channel().fetch_in_pieces(
      mails({5}).front(),
      [&](std::string piece, std::function<void()> next) {
        const std::lock_guard lock(mutex);
        sizes.push_back(piece.size());
        nexts.push_back(std::move(next));
      },
      end.done());
  f.client->channel().list(0, 100, listed.done());
  for (std::size_t handed = 1; handed <= 3;) {
    const std::lock_guard lock(mutex);
    ASSERT_LE(nexts.size(), handed);
    if (nexts.size() < handed) continue;
    if (handed == 2) nexts[0]();  // an old one changes nothing
    nexts[handed - 1]();
    ++handed;
  }
  const auto total = end.get();
  ASSERT_TRUE(total.ok()) << total.error().detail;
  EXPECT_EQ(*total, mail.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1u << 20, 1u << 20, 12'345}));
  EXPECT_TRUE(listed.get().ok());
  EXPECT_EQ(f.server.verdict(), "");
}

TEST(imap_fetch, tells_what_became_of_a_mail_in_pieces) {
  const std::pair<dialog, ec> rows[] = {
      {{S("{t} OK done")}, ec::not_found},
      {{S("* 1 FETCH (UID 5 BODY[] NIL)"), S("{t} OK done")}, ec::not_found},
      {{S("{t} NO [EXPUNGEISSUED] gone")}, ec::not_found},
      {{S("{t} NO broken")}, ec::server_busy},
      {{S_raw("* 1 FETCH (BODY[] {3}\r\nabc UID 6)\r\n")}, ec::protocol_violation},
      {{S_raw("* 1 FETCH (UID 5 BODY[] {300}\r\nabc"), hang_up()}, ec::connection_lost}};
  for (const auto& [answer, code] : rows) {
    fetching f(dialog{C("{t} UID FETCH 5 (UID BODY.PEEK[])"), answer});
    const auto end =
        f.client->fetch_in_pieces(mails({5}).front(), [](auto, const auto& next) { next(); });
    EXPECT_EQ(end.code(), code);
  }
}

TEST(imap_fetch, reads_no_mail_in_pieces_that_is_far_larger_than_it_was_listed) {
  fetching f(dialog{C("{t} UID FETCH 5 (UID BODY.PEEK[])"),
                    S_raw("* 1 FETCH (UID 5 BODY[] {99999999999999999}\r\nabc")});
  const auto end = f.client->fetch_in_pieces(mails({5}).front(), [](auto, auto) { FAIL(); });
  EXPECT_EQ(end.code(), ec::protocol_violation);
}

}  // namespace
}  // namespace postroom::channels

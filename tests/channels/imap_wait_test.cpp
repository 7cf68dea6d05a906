#include <gtest/gtest.h>

#include "channels/imap.hpp"
#include "tests/channels/imap_dialogs.hpp"
#include "tests/channels/inbound_client.hpp"

namespace postroom::channels {
namespace {

using namespace support;

const std::string list_all = "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)";

TEST(imap_wait, is_unsupported_without_idle) {
  scripted_server server(dialog{opened("MOVE"), answered("LOGOUT")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(client.wait(duration{1'000}).code(), ec::unsupported);
  EXPECT_TRUE(client.close().ok());
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_wait, tells_news_at_once_and_goes_on) {
  scripted_server server(dialog{opened(), C("{t} IDLE"), S("+ idling"), S("* OK still here"),
                                S("* 3 EXISTS"), S("* 4 EXISTS"), gate("told"), C("DONE"),
                                S("{t} OK"), answered("NOOP"), answered(list_all)});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  const auto woken = client.wait(duration{25'000});
  ASSERT_TRUE(woken.ok()) << woken.error().detail;
  EXPECT_TRUE(woken->news);
  server.release("told");  // so it was told before the server had answered DONE
  EXPECT_TRUE(client.list().ok());
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_wait, tells_news_that_came_during_another_call) {
  scripted_server server(dialog{opened(), C("{t} UID STORE 1 +FLAGS.SILENT (\\Seen)"),
                                S("* 4 EXISTS"), S("{t} OK"), answered("NOOP"), answered(list_all),
                                C("{t} IDLE"), S("+"), C("DONE"), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  ASSERT_TRUE(client.settle(mails({1}), after_commit::mark_seen).ok());
  EXPECT_TRUE(client.wait(duration{25'000})->news);
  EXPECT_TRUE(client.list().ok());
  EXPECT_FALSE(client.wait(duration{50})->news);  // the list has seen it
  EXPECT_EQ(server.verdict(), "");
}

// Dovecot carries out a pipelined FETCH before it announces what the NOOP ahead of it found.
TEST(imap_wait, tells_of_a_mail_announced_to_the_noop_of_a_list_that_did_not_see_it) {
  scripted_server server(dialog{opened(), C("{t} NOOP"), S("* 5 EXISTS"), S("{t} OK"),
                                answered(list_all), answered("NOOP"), answered(list_all),
                                C("{t} IDLE"), S("+"), C("DONE"), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  EXPECT_TRUE(client.list().ok());
  EXPECT_TRUE(client.wait(duration{25'000})->news);
  EXPECT_TRUE(client.list().ok());
  EXPECT_FALSE(client.wait(duration{50})->news);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_wait, counts_what_is_expunged_so_that_a_new_mail_in_its_place_is_news) {
  for (const std::string gone : {"* 2 EXPUNGE", "* VANISHED 50"}) {
    scripted_server server(
        dialog{opened(), C("{t} IDLE"), S("+"), S(gone), S("* 3 EXISTS"), C("DONE"), S("{t} OK")});
    inbound_client client(settings_for(server));
    ASSERT_TRUE(client.open().ok());
    EXPECT_TRUE(client.wait(duration{25'000})->news) << gone;
    EXPECT_EQ(server.verdict(), "");
  }
}

TEST(imap_wait, is_ended_by_any_other_call) {
  scripted_server server(dialog{opened(), C("{t} IDLE"), S("+"), gate("idling"), C("DONE"),
                                S("{t} OK"), C("{t} LOGOUT"), S("* BYE"), S("{t} OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  awaited<wake> woken;
  client.channel().wait(duration{25'000}, woken.done());
  ASSERT_TRUE(server.await("idling"));
  awaited<void> closed;
  client.channel().close(closed.done());
  server.release("idling");
  const auto r = woken.get();
  ASSERT_TRUE(r.ok());
  EXPECT_FALSE(r->news);
  EXPECT_TRUE(closed.get().ok());
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_wait, says_idle_again_and_again) {
  const dialog once{C("{t} IDLE"), S("+"), C("DONE"), S("{t} OK")};
  scripted_server server(
      dialog{opened(), once, once, C("{t} IDLE"), S("+"), S("* 9 EXISTS"), C("DONE"), S("{t} OK")});
  inbound_client client(settings_for(server), [](event_loop& loop, inbound_settings settings) {
    return make_imap(loop, std::move(settings), duration{30});
  });
  ASSERT_TRUE(client.open().ok());
  EXPECT_TRUE(client.wait(duration{25'000})->news);
  EXPECT_EQ(server.verdict(), "");
}

TEST(imap_wait, needs_no_word_from_the_server_while_it_idles) {
  scripted_server server(dialog{opened(), C("{t} IDLE"), S("+"), C("DONE"), hang()});
  auto s = settings_for(server);
  s.server.request_timeout = duration{100};
  inbound_client client(s);
  ASSERT_TRUE(client.open().ok());
  // Idle for longer than an answer may take; then DONE, which must be answered.
  EXPECT_EQ(client.wait(duration{400}).code(), ec::timeout);
}

TEST(imap_wait, tells_how_it_failed) {
  const std::pair<dialog, ec> rows[] = {
      {{C("{t} IDLE"), S("{t} NO [UNAVAILABLE] later")}, ec::server_busy},
      {{C("{t} IDLE"), S("{t} BAD what?")}, ec::protocol_violation},
      {{C("{t} IDLE"), S("+"), S("* BYE out"), hang_up()}, ec::connection_lost},
      {{C("{t} IDLE"), S("+"), hang_up()}, ec::connection_lost},
      {{C("{t} IDLE"), S("+"), reset()}, ec::connection_lost},
      {{C("{t} IDLE"), S("+"), S("nonsense")}, ec::protocol_violation}};
  for (const auto& [story, code] : rows) {
    scripted_server server(dialog{opened(), story});
    inbound_client client(settings_for(server));
    ASSERT_TRUE(client.open().ok());
    EXPECT_EQ(client.wait(duration{25'000}).code(), code);
  }
}

TEST(imap_wait, ends_when_the_server_ends_it) {
  scripted_server server(dialog{opened(), C("{t} IDLE"), S("+"), S("{t} OK enough")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open().ok());
  const auto r = client.wait(duration{25'000});
  ASSERT_TRUE(r.ok());
  EXPECT_FALSE(r->news);
}

/// Drops the channel when the server stands at `gate`; every call must end once, with
/// ec::cancelled.
template <class T, class Start>
void drop_at_gate(ec opened_code, dialog story, Start start) {
  scripted_server server(std::move(story));
  inbound_client client(settings_for(server));
  awaited<opened_mailbox> open;
  awaited<T> first;
  awaited<listing> second;
  client.channel().open(open.done());
  start(client.channel(), first);
  client.channel().list(0, 10, second.done());
  ASSERT_TRUE(server.await("here"));
  client.drop();
  EXPECT_EQ(open.get().code(), opened_code);
  EXPECT_EQ(first.get().code(), ec::cancelled);
  EXPECT_EQ(second.get().code(), ec::cancelled);
  server.release("here");
}

TEST(imap_drop, ends_every_call_once_in_every_state) {
  const auto idle = [](auto& c, auto& end) { c.wait(duration{25'000}, end.done()); };
  const auto fetch = [](auto& c, auto& end) {
    c.fetch(
        mails({1}), [](auto&&...) {}, end.done());
  };
  drop_at_gate<void>(ec::cancelled, dialog{gate("here")}, fetch);
  drop_at_gate<void>(ec::cancelled, dialog{S("* OK ready"), C("{t} CAPABILITY"), gate("here")},
                     fetch);
  drop_at_gate<void>(ec::cancelled, dialog{signed_in(""), C("{t} SELECT \"INBOX\""), gate("here")},
                     fetch);
  drop_at_gate<void>(ec::none,
                     dialog{opened(), C("{t} UID FETCH 1 (UID BODY.PEEK[])"),
                            S_raw("* 1 FETCH (UID 1 BODY[] {1000}\r\nabc"), gate("here")},
                     fetch);
  drop_at_gate<void>(
      ec::none, dialog{opened(), C("{t} UID STORE 1 +FLAGS.SILENT (\\Deleted)"), gate("here")},
      [](auto& c, auto& end) { c.settle(mails({1}), after_commit::remove, "", end.done()); });
  drop_at_gate<wake>(ec::none, dialog{opened(), C("{t} IDLE"), gate("here")}, idle);
}

TEST(imap_drop, ends_a_mail_whose_piece_is_held_and_bears_a_late_next) {
  scripted_server server(dialog{opened(), C("{t} UID FETCH 1 (UID BODY.PEEK[])"),
                                S_raw(fetch_answer(1, std::string(100, 'x'))), gate("here")});
  std::function<void()> late;
  {
    inbound_client client(settings_for(server));
    ASSERT_TRUE(client.open().ok());
    awaited<uint64_t> end;
    std::promise<void> held;
    client.channel().fetch_in_pieces(
        mails({1}).front(),
        [&](const std::string&, std::function<void()> next) {
          late = std::move(next);
          held.set_value();
        },
        end.done());
    held.get_future().wait();
    client.drop();
    EXPECT_EQ(end.get().code(), ec::cancelled);
    late();
  }
  late();
  server.release("here");
}

TEST(imap_drop, a_call_may_drop_the_channel_from_its_end) {
  scripted_server server(dialog{opened()});
  inbound_client client(settings_for(server));
  std::promise<void> dropped;
  client.channel().open([&](const result<opened_mailbox>&) {
    client.drop();
    dropped.set_value();
  });
  dropped.get_future().wait();
}

}  // namespace
}  // namespace postroom::channels

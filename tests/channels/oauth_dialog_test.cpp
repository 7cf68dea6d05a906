#include <gtest/gtest.h>

#include <mutex>

#include "channels/tokens.hpp"
#include "channels/transcript.hpp"
#include "tests/channels/imap_dialogs.hpp"
#include "tests/channels/inbound_client.hpp"
#include "tests/channels/smtp_client.hpp"
#include "tests/support/scripted_server.hpp"

namespace postroom::channels {
namespace {

using namespace support;

/// Gives tokens of a list, one after each refusal.
class listed_tokens final : public token_source {
 public:
  listed_tokens(event_loop& loop, std::vector<result<std::string>> tokens)
      : loop_(loop), tokens_(std::move(tokens)) {}
  void get(done_fn<std::string> done) override {
    if (silent) return;
    loop_.post([this, done] {
      const std::lock_guard lock(mutex_);
      done(tokens_.at(at_));
    });
  }
  void refused(const std::string& token) override {
    const std::lock_guard lock(mutex_);
    refusals.push_back(token);
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  std::vector<std::string> refusals;
  bool silent = false;

 private:
  event_loop& loop_;
  std::mutex mutex_;
  std::vector<result<std::string>> tokens_;
  std::size_t at_ = 0;
};

const std::string xoauth2_a = "dXNlcj1pdAFhdXRoPUJlYXJlciBhYWEBAQ==";  // token "aaa"
const std::string xoauth2_b = "dXNlcj1pdAFhdXRoPUJlYXJlciBiYmIBAQ==";  // token "bbb"
const std::string said_no = "eyJzdGF0dXMiOiI0MDEifQ==";

/// A channel that signs in by tokens.
struct oauth_dialog : testing::Test {
  event_loop loop;
  std::shared_ptr<listed_tokens> tokens;
  std::shared_ptr<transcript> heard = std::make_shared<transcript>();

  inbound_settings settings(const scripted_server& server, std::vector<result<std::string>> given) {
    tokens = std::make_shared<listed_tokens>(loop, std::move(given));
    auto s = settings_for(server);
    s.server.password = "never-sent";
    s.server.tokens = tokens;
    s.server.heard = heard;
    return s;
  }
  result<opened_mailbox> open(inbound_settings s) {
    const auto channel = make_inbound(loop, std::move(s));
    awaited<opened_mailbox> end;
    channel->open(end.done());
    return end.get();
  }
  bool heard_says(const std::string& word) const {
    for (const auto& line : heard->lines())
      if (line.text.find(word) != std::string::npos) return true;
    return false;
  }
};

dialog selected() {
  return {C("{t} CAPABILITY"),       S("* CAPABILITY IMAP4rev1"), S("{t} OK done"),
          C("{t} SELECT \"INBOX\""), S("* OK [UIDVALIDITY 7] x"), S("{t} OK done")};
}
dialog greeted(const std::string& capabilities) {
  return {S("* OK ready"), C("{t} CAPABILITY"), S("* CAPABILITY IMAP4rev1 " + capabilities),
          S("{t} OK done")};
}

TEST_F(oauth_dialog, imap_signs_in_by_xoauth2_where_that_is_offered) {
  scripted_server server(dialog{greeted("SASL-IR AUTH=PLAIN AUTH=XOAUTH2"),
                                C("{t} AUTHENTICATE XOAUTH2 " + xoauth2_a), S("{t} OK in"),
                                selected()});
  const auto box = open(settings(server, {std::string("aaa")}));
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
  EXPECT_FALSE(heard_says("aaa"));
  EXPECT_FALSE(heard_says(xoauth2_a));
}

TEST_F(oauth_dialog, imap_without_initial_responses_is_answered_the_same) {
  scripted_server server(dialog{greeted("AUTH=XOAUTH2"), C("{t} AUTHENTICATE XOAUTH2"), S("+ "),
                                C(xoauth2_a), S("{t} OK in"), selected()});
  const auto box = open(settings(server, {std::string("aaa")}));
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
}

TEST_F(oauth_dialog, a_refused_token_is_tried_once_more_with_a_fresh_one) {
  scripted_server server(
      dialog{greeted("SASL-IR AUTH=XOAUTH2"), C("{t} AUTHENTICATE XOAUTH2 " + xoauth2_a),
             S("{t} NO [AUTHENTICATIONFAILED] no")},
      dialog{greeted("SASL-IR AUTH=XOAUTH2"), C("{t} AUTHENTICATE XOAUTH2 " + xoauth2_b),
             S("{t} OK in"), selected()});
  const auto box = open(settings(server, {std::string("aaa"), std::string("bbb")}));
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(tokens->refusals, std::vector<std::string>{"aaa"});
  EXPECT_EQ(server.verdict(), "");
}

TEST_F(oauth_dialog, a_fresh_token_that_is_refused_too_is_the_end) {
  const dialog no{greeted("SASL-IR AUTH=OAUTHBEARER"), C("{t} AUTHENTICATE OAUTHBEARER {m}"),
                  S("+ " + said_no), C("AQ=="), S("{t} NO [AUTHENTICATIONFAILED] no")};
  scripted_server server(no, no);
  const auto box = open(settings(server, {std::string("aaa"), std::string("bbb")}));
  EXPECT_EQ(box.code(), ec::auth_refused);
  EXPECT_EQ(tokens->refusals, std::vector<std::string>{"aaa"});
}

TEST_F(oauth_dialog, the_same_token_again_is_not_sent_a_second_time) {
  scripted_server server(dialog{greeted("SASL-IR AUTH=XOAUTH2"),
                                C("{t} AUTHENTICATE XOAUTH2 " + xoauth2_a),
                                S("{t} NO [AUTHENTICATIONFAILED] no")});
  EXPECT_EQ(open(settings(server, {std::string("aaa")})).code(), ec::auth_refused);
  EXPECT_EQ(server.verdict(), "");
}

TEST_F(oauth_dialog, a_server_without_these_mechanisms_never_sees_a_password) {
  scripted_server server(dialog{greeted("SASL-IR AUTH=PLAIN AUTH=LOGIN")});
  EXPECT_FALSE(open(settings(server, {std::string("aaa")})).ok());
  EXPECT_FALSE(heard_says("never-sent"));
}

TEST_F(oauth_dialog, without_a_token_no_server_is_asked) {
  scripted_server server(dialog{greeted("")});
  const auto got = open(settings(server, {fail(ec::oauth_token_revoked, "revoked")}));
  EXPECT_EQ(got.code(), ec::oauth_token_revoked);
}

TEST_F(oauth_dialog, the_wait_for_a_token_counts_as_connecting) {
  scripted_server server(dialog{greeted("")});
  auto s = settings(server, {std::string("aaa")});
  tokens->silent = true;
  s.server.connect_timeout = duration{50};
  EXPECT_EQ(open(std::move(s)).code(), ec::timeout);
}

TEST_F(oauth_dialog, a_channel_that_is_dropped_while_it_waits_answers_once) {
  scripted_server server(dialog{greeted("")});
  auto s = settings(server, {std::string("aaa")});
  tokens->silent = true;
  awaited<opened_mailbox> end;
  make_inbound(loop, std::move(s))->open(end.done());
  EXPECT_EQ(end.get().code(), ec::cancelled);
}

TEST_F(oauth_dialog, pop3_signs_in_by_a_token) {
  scripted_server server(dialog{S("+OK ready"), C("CAPA"),
                                S("+OK\r\nUIDL\r\nSASL PLAIN XOAUTH2\r\n."), C("AUTH XOAUTH2"),
                                S("+ "), C(xoauth2_a), S("+OK in"), C("CAPA"),
                                S("+OK\r\nUIDL\r\n."), C("STAT"), S("+OK 0 0")});
  auto s = settings(server, {std::string("aaa")});
  s.protocol = inbound_settings::protocol::pop3;
  const auto box = open(std::move(s));
  EXPECT_TRUE(box.ok()) << box.error().detail;
  EXPECT_EQ(server.verdict(), "");
}

TEST_F(oauth_dialog, smtp_signs_in_by_a_token) {
  scripted_server server(dialog{S("220 mx.test ready"), C("EHLO desk.test"),
                                S("250-mx.test\r\n250 AUTH PLAIN XOAUTH2"), C("AUTH XOAUTH2"),
                                S("334 "), C(xoauth2_a), S("235 2.7.0 in"), C("EHLO desk.test"),
                                S("250 mx.test"), C("MAIL FROM:<desk@example.org>"),
                                S("550 5.1.0 no"), C("RSET"), S("250 ok")});
  outbound_settings s;
  s.server = settings(server, {std::string("aaa")}).server;
  s.helo = "desk.test";
  const auto channel = make_smtp(loop, std::move(s));
  std::promise<send_report> ended;
  channel->send({"desk@example.org", "a@example.org", std::make_shared<const std::string>("x\r\n")},
                [&](send_report r) { ended.set_value(std::move(r)); });
  EXPECT_EQ(ended.get_future().get().reply_code, 550);
  EXPECT_EQ(server.verdict(), "");
}

TEST_F(oauth_dialog, smtp_without_a_token_blames_no_mail) {
  scripted_server server(dialog{S("220 mx.test ready")});
  outbound_settings s;
  s.server = settings(server, {fail(ec::oauth_not_authorized, "nobody")}).server;
  const auto channel = make_smtp(loop, std::move(s));
  std::promise<send_report> ended;
  channel->send({"desk@example.org", "a@example.org", std::make_shared<const std::string>("x\r\n")},
                [&](send_report r) { ended.set_value(std::move(r)); });
  const auto report = ended.get_future().get();
  EXPECT_EQ(report.code, ec::oauth_not_authorized);
  EXPECT_TRUE(report.server_wide);
  EXPECT_FALSE(report.permanent);
}

}  // namespace
}  // namespace postroom::channels

// Finding the server, signing in, and being let in.
#include <gtest/gtest.h>

#include <mutex>

#include "channels/tokens.hpp"
#include "channels/transcript.hpp"
#include "tests/channels/ews_client.hpp"
#include "tests/support/web_urls.hpp"

namespace postroom::channels {
namespace {

void offer(const std::vector<std::string>& methods) {
  exchange().control({{"do", "auth"}, {"methods", methods}});
}

ec open_with(const inbound_settings& settings) {
  return ews_client(settings).open().code();
}

struct way_in {
  const char* name;
  std::vector<std::string> offered, allowed;
  ec outcome;
};
class ews_sign_in : public testing::TestWithParam<way_in> {};

TEST_P(ews_sign_in, goes_by_what_is_offered_and_what_is_allowed) {
  const auto user = fresh_mailbox();
  offer(GetParam().offered);
  auto settings = ews_settings(user);
  settings.server.auth_methods = GetParam().allowed;
  EXPECT_EQ(open_with(settings), GetParam().outcome);
  settings.server.password = "wrong";
  EXPECT_NE(open_with(settings), ec::none);
}

INSTANTIATE_TEST_SUITE_P(
    each_way, ews_sign_in,
    testing::Values(way_in{"basic", {"Basic"}, {"BASIC"}, ec::none},
                    way_in{"ntlm", {"NTLM"}, {"NTLM"}, ec::none},
                    way_in{"automatic_basic", {"Basic"}, {}, ec::none},
                    way_in{"automatic_ntlm", {"NTLM"}, {}, ec::none},
                    way_in{"automatic_both", {"Negotiate", "NTLM", "Basic"}, {}, ec::none},
                    way_in{"only_ntlm_of_both", {"NTLM", "Basic"}, {"ntlm"}, ec::none},
                    way_in{"basic_is_not_offered", {"NTLM"}, {"BASIC"}, ec::auth_refused},
                    way_in{"ntlm_is_not_offered", {"Basic"}, {"NTLM"}, ec::auth_refused},
                    way_in{"only_kerberos", {"Negotiate"}, {}, ec::auth_refused},
                    way_in{"unknown_methods", {"Basic"}, {"PLAIN"}, ec::config_invalid}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ews_sign_in_alone, prefers_ntlm_and_never_shows_the_password) {
  const auto user = fresh_mailbox();
  offer({"NTLM", "Basic"});
  auto settings = ews_settings(user);
  settings.server.auth_methods = {};
  ews_client client(settings);
  ASSERT_TRUE(client.open());
  // The question without a sign-in, the two steps of NTLM; then the connection is known.
  EXPECT_EQ(ews_operations(), (std::vector<std::string>{"GetFolder", "Empty", "GetFolder"}));
  ASSERT_TRUE(client.list());
}

/// Tokens as a test hands them out.
class some_tokens final : public token_source {
 public:
  some_tokens(event_loop& loop, std::vector<result<std::string>> tokens)
      : loop_(loop), tokens_(std::move(tokens)) {}
  void get(done_fn<std::string> done) override {
    const std::lock_guard lock(mutex_);
    auto token = tokens_.front();
    loop_.post([done, token] { done(token); });
  }
  void refused(const std::string& token) override {
    const std::lock_guard lock(mutex_);
    refused_.push_back(token);
    if (tokens_.size() > 1) tokens_.erase(tokens_.begin());
  }
  std::vector<std::string> all_refused() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  event_loop& loop_;
  std::mutex mutex_;
  std::vector<result<std::string>> tokens_;
  std::vector<std::string> refused_;
};

struct token_test : testing::Test {
  std::string user = fresh_mailbox();
  event_loop loop;
  std::shared_ptr<some_tokens> tokens;

  result<opened_mailbox> open(std::vector<result<std::string>> given) {
    exchange().control({{"do", "token"}, {"token", "good"}, {"user", user}});
    tokens = std::make_shared<some_tokens>(loop, std::move(given));
    auto settings = ews_settings(user);
    settings.server.password.clear();
    settings.server.tokens = tokens;
    const auto channel = make_ews(loop, settings);
    return ews_client::call<opened_mailbox>([&](auto done) { channel->open(done); });
  }
};
using ews_tokens = token_test;

TEST_F(ews_tokens, sign_in) {
  EXPECT_TRUE(open({std::string("good")}));
}

TEST_F(ews_tokens, that_a_server_refuses_are_exchanged_once) {
  EXPECT_TRUE(open({std::string("old"), std::string("good")}));
  EXPECT_EQ(tokens->all_refused(), std::vector<std::string>{"old"});
}

TEST_F(ews_tokens, that_are_refused_again_end_the_call) {
  EXPECT_EQ(open({std::string("old"), std::string("older")}).code(), ec::auth_refused);
  EXPECT_EQ(tokens->all_refused(), (std::vector<std::string>{"old", "older"}));
}

TEST_F(ews_tokens, that_cannot_be_had_tell_why) {
  EXPECT_EQ(open({fail(ec::oauth_token_revoked)}).code(), ec::oauth_token_revoked);
}

TEST(ews_open, counts_the_mails) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  const auto got = ews_client(ews_settings(user)).open();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->messages, 1U);
  EXPECT_FALSE(got->can_wait);
}

TEST(ews_open, finds_folders_by_their_path) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"), "Helpdesk");
  exchange().deliver(user, ews_mail("two"), "inbox/New & <odd>");
  for (const char* path : {"Helpdesk", "helpdesk", "/Helpdesk/", "Inbox/New & <odd>"}) {
    auto settings = ews_settings(user);
    settings.mailbox = path;
    EXPECT_EQ(ews_client(settings).open_and_list().size(), 1U) << path;
  }
  for (const char* path : {"Nowhere", "INBOX/Helpdesk", "Helpdesk/Deeper"}) {
    auto settings = ews_settings(user);
    settings.mailbox = path;
    EXPECT_EQ(open_with(settings), ec::mailbox_missing) << path;
  }
}

TEST(ews_open, reads_a_shared_mailbox) {
  const auto user = fresh_mailbox();
  const auto shared = exchange().fresh_user();
  exchange().deliver(shared, ews_mail("one"));
  auto settings = ews_settings(user);
  settings.user = shared;
  ews_client stranger(settings);
  const auto refused = stranger.open();
  ASSERT_EQ(refused.code(), ec::auth_refused);
  EXPECT_NE(refused.error().detail.find("lacks the right"), std::string::npos);
  exchange().control({{"do", "share"}, {"mailbox", shared}, {"login", user}});
  ews_client client(settings);
  const auto mails = client.open_and_list();
  EXPECT_EQ(client.fetch(mails).subjects(), std::vector<std::string>{"one"});
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(shared, "Handled").size(), 1U);
}

TEST(ews_open, may_not_write_where_it_may_only_read) {
  const auto user = fresh_mailbox();
  const auto shared = exchange().fresh_user();
  exchange().deliver(shared, ews_mail("one"));
  exchange().control({{"do", "share"}, {"mailbox", shared}, {"login", user}, {"write", false}});
  auto settings = ews_settings(user);
  settings.user = shared;
  ews_client client(settings);
  const auto mails = client.open_and_list();
  EXPECT_EQ(client.settle(mails, after_commit::remove).code(), ec::auth_refused);
}

TEST(ews_open, acts_for_a_user_where_it_may) {
  const auto user = fresh_mailbox();
  const auto other = exchange().fresh_user();
  exchange().deliver(other, ews_mail("one"));
  auto settings = ews_settings(user);
  settings.user = other;
  settings.impersonate = true;
  const auto refused = ews_client(settings).open();
  ASSERT_EQ(refused.code(), ec::auth_refused);
  EXPECT_NE(refused.error().detail.find("ApplicationImpersonation"), std::string::npos);
  exchange().control({{"do", "impersonator"}, {"login", user}, {"users", {other}}});
  EXPECT_EQ(ews_client(settings).open_and_list().size(), 1U);
}

TEST(ews_open, tells_of_a_mailbox_that_does_not_exist) {
  auto settings = ews_settings(fresh_mailbox());
  settings.user = "nobody-at-all@example.org";
  EXPECT_EQ(open_with(settings), ec::mailbox_missing);
}

TEST(ews_open, refuses_settings_that_cannot_work) {
  auto settings = ews_settings(fresh_mailbox());
  settings.impersonate = true;
  EXPECT_EQ(open_with(settings), ec::config_invalid) << "for whom?";
  settings = ews_settings("a@example.org");
  settings.url = exchange().url() + "x";
  EXPECT_EQ(open_with(settings), ec::config_invalid) << "404";
}

TEST(ews_open, sends_nothing_to_a_url_where_it_would_be_readable) {
  auto settings = ews_settings(fresh_mailbox());
  for (const std::string url : support::unfit_for_secrets) {
    if (url.empty()) continue;  // that asks for autodiscovery
    settings.url = url;
    const auto got = ews_client(settings).open();
    EXPECT_EQ(got.code(), ec::config_invalid) << url;
    EXPECT_EQ(got.error().detail, "the URL must begin with https://") << url;
  }
}

TEST(ews_open, finds_this_machine_by_all_its_names_without_a_resolver) {
  const auto user = fresh_mailbox();
  auto settings = ews_settings(user);
  const auto rest = settings.url.substr(settings.url.rfind(':'));
  for (const char* place : {"http://localhost", "HTTP://LOCALHOST", "http://exchange.localhost"}) {
    settings.url = place + rest;
    EXPECT_EQ(open_with(settings), ec::none) << place;
  }
}

TEST(ews_open, takes_a_schema_error_for_a_violation) {
  const auto user = fresh_mailbox();
  exchange().control({{"do", "fault"},
                      {"match", "GetFolder"},
                      {"lie", "fault"},
                      {"code", "ErrorSchemaValidation"}});
  EXPECT_EQ(open_with(ews_settings(user)), ec::protocol_violation);
}

TEST(ews_open, builds_the_url_of_host_and_port) {
  const auto user = fresh_mailbox();
  auto settings = ews_settings(user);
  const auto port = settings.url.substr(settings.url.rfind(':') + 1);
  settings.url.clear();
  settings.server.host = "127.0.0.1";
  settings.server.port = static_cast<uint16_t>(std::stoi(port));
  settings.server.security = security::none;
  EXPECT_EQ(open_with(settings), ec::none);
}

/// Of each request whose operation begins like this: whether it had credentials.
std::vector<bool> signed_in(const std::string& operation) {
  std::vector<bool> out;
  const auto log = exchange().control({{"do", "requests"}});
  for (const auto& r : log.at("requests"))
    if (r.at("operation").get<std::string>().starts_with(operation))
      out.push_back(r.at("credentials").get<bool>());
  return out;
}

/// Asks the server of this test for its URL: only the domain "localhost" leads there.
struct ews_autodiscovery : testing::Test {
  inbound_settings settings;
  std::string user, base;
  static inline int users = 0;

  ews_autodiscovery() {
    fresh_mailbox();
    user = "someone" + std::to_string(++users) + "@localhost";
    exchange().control({{"do", "password"}, {"user", user}, {"password", "secret"}});
    settings = ews_settings(user);
    base = settings.url.substr(0, settings.url.find('/', 7));
    settings.url.clear();
    settings.server.security = security::none;
    settings.server.port = static_cast<uint16_t>(std::stoi(base.substr(base.rfind(':') + 1)));
  }
  void answer(const std::string& address, const std::string& how, const std::string& to = "") {
    exchange().control({{"do", "autodiscover"}, {"user", address}, {"how", how}, {"to", to}});
  }
};

TEST_F(ews_autodiscovery, finds_the_server_by_the_address) {
  exchange().deliver(user, ews_mail("one"));
  EXPECT_EQ(ews_client(settings).open_and_list().size(), 1U);
  EXPECT_TRUE(ews_operations()[0].starts_with("Autodiscover localhost"));
}

TEST_F(ews_autodiscovery, shows_credentials_only_to_who_asks_for_them) {
  EXPECT_EQ(open_with(settings), ec::none);
  EXPECT_EQ(signed_in("Autodiscover localhost"), (std::vector<bool>{false, true}));
}

TEST_F(ews_autodiscovery, sends_no_credentials_to_hosts_of_other_domains) {
  exchange().control({{"do", "token"}, {"token", "good"}, {"user", user}});
  for (const std::string kind : {"BASIC", "NTLM", "any", "token"}) {
    for (const char* how : {"location", "url", "ews"}) {
      exchange().control({{"do", "forget"}});
      answer(user, how, base + "/autodiscover/autodiscover.xml");
      event_loop loop;
      auto chosen = settings;
      chosen.server.auth_methods =
          kind == "any" || kind == "token" ? std::vector<std::string>{} : std::vector{kind};
      if (kind == "token")
        chosen.server.tokens = std::make_shared<some_tokens>(
            loop, std::vector<result<std::string>>{std::string("good")});
      const auto channel = make_ews(loop, chosen);
      const auto got = ews_client::call<opened_mailbox>([&](auto done) { channel->open(done); });
      ASSERT_EQ(got.code(), ec::config_invalid) << kind << how;
      EXPECT_NE(got.error().detail.find("127.0.0.1"), std::string::npos) << got.error().detail;
      EXPECT_NE(got.error().detail.find("`url`"), std::string::npos);
      EXPECT_TRUE(signed_in("Autodiscover 127.0.0.1").empty()) << kind << how;
      EXPECT_EQ(count_of("GetFolder"), 0U);
    }
  }
}

TEST_F(ews_autodiscovery, trusts_no_domain_that_an_answer_names) {
  answer(user, "addr", "someone@elsewhere.example");
  const auto got = ews_client(settings).open();
  ASSERT_EQ(got.code(), ec::config_invalid);
  EXPECT_NE(got.error().detail.find("elsewhere.example"), std::string::npos);
}

TEST_F(ews_autodiscovery, signs_in_by_ntlm_too) {
  offer({"NTLM"});
  settings.server.auth_methods = {};
  EXPECT_EQ(open_with(settings), ec::none);
}

TEST_F(ews_autodiscovery, follows_a_redirection_to_another_address) {
  answer(user, "addr", "real@localhost");
  exchange().control({{"do", "password"}, {"user", "real@localhost"}, {"password", "secret"}});
  EXPECT_EQ(open_with(settings), ec::none);
}

TEST_F(ews_autodiscovery, follows_no_circle) {
  answer(user, "addr", user);
  EXPECT_EQ(open_with(settings), ec::config_invalid);
  EXPECT_EQ(count_of("Autodiscover"), 22U) << "eleven, each without and with a sign-in";
  answer(user, "location",
         "http://localhost" + base.substr(base.rfind(':')) + "/autodiscover/again.xml");
  EXPECT_EQ(open_with(settings), ec::config_invalid);
}

TEST_F(ews_autodiscovery, sends_nothing_to_where_it_would_be_readable) {
  for (const char* how : {"url", "location"}) {
    answer(user, how, "http://mail.example.org/autodiscover/autodiscover.xml");
    EXPECT_EQ(open_with(settings), ec::config_invalid) << how;
    answer(user, how, "ftp://localhost/autodiscover.xml");
    EXPECT_EQ(open_with(settings), ec::config_invalid) << how;
  }
}

TEST_F(ews_autodiscovery, tries_the_second_host_and_then_gives_up) {
  answer(user, "away");
  const auto got = ews_client(settings).open();
  EXPECT_EQ(got.code(), ec::config_invalid) << (got ? "" : got.error().text());
  const auto asked = ews_operations();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_TRUE(asked[1].starts_with("Autodiscover autodiscover.localhost"));
}

TEST_F(ews_autodiscovery, tells_that_the_server_knows_no_such_address) {
  answer(user, "error");
  EXPECT_EQ(open_with(settings), ec::mailbox_missing);
}

TEST_F(ews_autodiscovery, needs_an_address) {
  settings.server.login = "EXAMPLE\\someone";
  EXPECT_EQ(open_with(settings), ec::config_invalid);
}

TEST(ews_open, notes_its_requests_for_who_tries_the_server_out) {
  const auto user = fresh_mailbox();
  auto settings = ews_settings(user);
  settings.server.heard = std::make_shared<transcript>();
  ews_client client(settings);
  ASSERT_TRUE(client.open());
  const auto lines = settings.server.heard->lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text.find("POST /EWS/Exchange.asmx GetFolder -> 200, "), 0U) << lines[0].text;
  EXPECT_EQ(settings.server.heard->reached(), transcript::step::session);
}

}  // namespace
}  // namespace postroom::channels

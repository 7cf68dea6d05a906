#include "app/oauth_table.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "app/admin_oauth.hpp"
#include "app/trials_gate.hpp"
#include "tests/app/stored_secrets.hpp"
#include "tests/channels/oauth_world.hpp"

namespace postroom::app {
namespace {

/// Runs jobs when the test says so.
class patient_pool final : public executor {
 public:
  [[nodiscard]] bool try_submit(std::function<void()> job) override {
    jobs.push_back(std::move(job));
    return true;
  }
  void run() {
    while (!jobs.empty()) {
      auto job = std::move(jobs.front());
      jobs.pop_front();
      job();
    }
  }
  std::deque<std::function<void()>> jobs;
};

/// Partition HR with one client, "mail", in a world whose time and provider are the test's.
struct oauth_table_test : testing::Test {
  channels::virtual_world w;
  patient_pool pool;
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  std::unique_ptr<secrets::vault> vault = vault_in(*engine, "k");
  std::unique_ptr<oauth_table> table;
  config::v1::Settings settings;
  config::v1::OAuthClient* client = nullptr;

  void SetUp() override {
    auto& p = *settings.add_partitions();
    p.set_id("HR");
    client = p.add_oauth_clients();
    client->set_name("mail");
    client->set_provider("other");
    client->set_client_id("app");
    client->set_token_url("https://login.example.org/token");
    client->set_authorization_url("https://login.example.org/auth");
    client->set_callback_url("https://desk.example.org/oauth/callback");
    table = std::make_unique<oauth_table>(pool, *vault, w.world(), [](const partition_id&) {});
    w.settle();
  }
  void TearDown() override {
    w.stop();  // so that the table's end waits for nobody
    table.reset();
  }
  void use() {
    table->use(settings);
    w.settle();
  }
  void look() {
    pool.run();
    w.settle();
  }
  admin::v1::OAuthGlance glance() const {
    admin::v1::PartitionStatus out;
    out.set_id("HR");
    table->add_glance(out);
    EXPECT_EQ(out.oauth_size(), 1);
    return out.oauth(0);
  }
  admin_backend backend() {
    admin_backend out;
    out.oauth = [this] { return table.get(); };
    return out;
  }
  /// Of seconds since 1970, in the tests' year.
  static std::string date(time_point at) {
    const std::time_t s = to_millis(at) / 1000;
    std::tm parts{};
    gmtime_r(&s, &parts);
    char text[16];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
  }
  static time_point later(time_point at, int days) { return at + duration{days * 86'400'000LL}; }
};

TEST_F(oauth_table_test, who_waits_for_a_provider_takes_the_turn_of_a_trial) {
  client->set_grant("authorization_code");
  use();
  const auto b = backend();
  admin::v1::BeginOAuthRequest begin;
  begin.set_partition("HR");
  begin.set_name("mail");
  begin.set_who("ann");
  begin.set_reason("x");
  admin::v1::FinishOAuthRequest finish;
  finish.set_partition("HR");
  finish.set_name("mail");
  finish.set_who("ann");
  finish.set_answer("http://localhost/?code=c&state=s");
  admin::v1::ForgetOAuthRequest forget;
  forget.set_partition("HR");
  forget.set_name("mail");
  forget.set_who("ann");
  forget.set_reason("x");
  {
    const auto stay = b.gate->enter("HR");
    const auto begun = begin_oauth(b, begin, "unix");
    EXPECT_EQ(begun.code(), ec::overloaded);
    EXPECT_NE(begun.error().detail.find("OAuth sign-in"), std::string::npos);
    EXPECT_EQ(finish_oauth(b, finish, "unix").code(), ec::overloaded);
    EXPECT_EQ(forget_oauth(b, forget, "unix").code(), ec::overloaded);
  }
  EXPECT_TRUE(begin_oauth(b, begin, "unix").ok());
  EXPECT_EQ(finish_oauth(b, finish, "unix").code(), ec::conflict) << "another state";
}

TEST_F(oauth_table_test, a_browser_that_came_back_is_told_apart_from_one_that_nobody_sent) {
  client->set_grant("authorization_code");
  use();
  const auto begun = table->begin(partition_id{"HR"}, "mail", {"ann", "", ""});
  ASSERT_TRUE(begun.ok()) << begun.error().text();
  const auto state = begun->url.substr(begun->url.find("state=") + 6, 64);
  EXPECT_EQ(table->partition_of("code=c&state=" + state), "HR");
  EXPECT_EQ(table->partition_of("code=c&state=" + state), "HR") << "looking uses nothing up";
  EXPECT_EQ(table->partition_of("code=c&state=s"), std::nullopt);
  EXPECT_EQ(table->partition_of("code=c"), std::nullopt);
}

TEST_F(oauth_table_test, a_client_that_is_configured_no_more_asks_for_nothing) {
  use();
  const auto access = table->access_of(partition_id{"HR"}, "mail");
  ASSERT_TRUE(access.ok());
  settings.mutable_partitions(0)->clear_oauth_clients();
  use();
  ec got = ec::none;
  access->tokens->get([&](const result<std::string>& t) { got = t.code(); });
  w.settle();
  look();
  EXPECT_EQ(got, ec::cancelled);
  EXPECT_TRUE(w.asked.empty());
}

TEST_F(oauth_table_test, a_glance_shows_what_was_found_and_reads_nothing_itself) {
  client->set_grant("authorization_code");
  client->set_secret_expires(date(later(w.now, 10)));
  use();
  EXPECT_EQ(glance().state(), "idle") << "nobody has looked into the store yet";
  EXPECT_EQ(glance().ends(), "");
  look();
  EXPECT_EQ(glance().state(), "not_authorized");
  EXPECT_EQ(glance().ends(), "client_secret");
  const auto days = glance().days_left();
  w.now = later(w.now, 2);
  EXPECT_EQ(glance().days_left(), days - 2);
}

TEST_F(oauth_table_test, a_changed_client_is_looked_at_again_by_one_at_a_time) {
  use();
  client->set_secret_expires(date(later(w.now, 10)));
  use();
  use();
  EXPECT_EQ(pool.jobs.size(), 1u);
  look();
  EXPECT_EQ(glance().ends(), "client_secret");
  client->clear_secret_expires();
  use();
  look();
  EXPECT_EQ(glance().ends(), "");
}

TEST_F(oauth_table_test, a_new_secret_that_ends_soon_too_is_warned_of_anew) {
  const auto warnings = [this] {
    testing::internal::CaptureStderr();
    table->look_at_ends();
    const auto text = testing::internal::GetCapturedStderr();
    return text.find("oauth_ends_soon") != std::string::npos;
  };
  const auto ends_in = [this](int days) {
    client->set_secret_expires(date(later(w.now, days)));
    table->use(settings);
  };
  ends_in(10);
  EXPECT_TRUE(warnings());
  EXPECT_FALSE(warnings()) << "once is enough";
  ends_in(12);
  EXPECT_TRUE(warnings());
}

TEST_F(oauth_table_test, what_ends_is_warned_of_thirty_fourteen_and_three_days_before) {
  client->set_secret_expires(date(later(w.now, 40)));
  table->use(settings);
  std::vector<std::string> warned;
  for (int hour = 0; hour < 42 * 24; ++hour) {
    testing::internal::CaptureStderr();
    table->look_at_ends();
    const auto text = testing::internal::GetCapturedStderr();
    if (const auto at = text.find("days_left="); at != std::string::npos)
      warned.push_back(text.substr(at + 10, text.find_first_of(" \n", at) - at - 10));
    w.now += duration{3'600'000};
  }
  EXPECT_EQ(warned, (std::vector<std::string>{"29", "13", "2"})) << "whole days left then";
}

}  // namespace
}  // namespace postroom::app

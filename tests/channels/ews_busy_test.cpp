// The three ways of an Exchange server to say that it is busy, and servers that hand nothing out.
#include <gtest/gtest.h>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

using json = nlohmann::json;

struct form {
  const char* name;
  json fault;
};

json busy(const char* lie) {
  return {{"lie", lie}, {"milliseconds", 300}};
}

class ews_busy : public testing::TestWithParam<form> {};

/// Seconds between the first answer to `operation` and the next request of any kind.
double pause_after_first(const std::string& operation) {
  const auto log = exchange().control({{"do", "requests"}}).at("requests");
  for (std::size_t i = 0; i + 1 < log.size(); ++i)
    if (log[i].at("operation").get<std::string>().starts_with(operation))
      return log[i + 1].at("at").get<double>() - log[i].at("at").get<double>();
  return 0;
}

void command_fault(json fault, const std::string& match, int times) {
  fault["do"] = "fault";
  fault["match"] = match;
  fault["times"] = times;
  exchange().control(fault);
}

TEST_P(ews_busy, is_waited_out_and_nothing_is_asked_meanwhile) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  exchange().deliver(user, ews_mail("two"));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "forget"}});
  command_fault(GetParam().fault, "GetItem", 1);
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end) << got.end.error().text();
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(count_of("GetItem"), 2U);
  EXPECT_GE(pause_after_first("GetItem"), 0.3);
}

TEST_P(ews_busy, holds_for_other_calls_too) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  auto settings = ews_settings(user);
  settings.max_requests = 1;
  ews_client client(settings);
  const auto mails = client.open_and_list();
  exchange().control({{"do", "forget"}});
  command_fault(GetParam().fault, "UpdateItem", 1);
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen));
  EXPECT_GE(pause_after_first("UpdateItem"), 0.3);
  EXPECT_EQ(exchange().mails(user)[0].at("seen"), true);
}

TEST_P(ews_busy, is_given_up_on_after_three_tries) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "forget"}});
  command_fault(GetParam().fault, "SyncFolderItems", 0);
  EXPECT_EQ(client.list().code(), ec::throttled);
  EXPECT_EQ(count_of("SyncFolderItems"), 3U);
  exchange().control({{"do", "forget"}});
  EXPECT_TRUE(client.list());
}

INSTANTIATE_TEST_SUITE_P(
    each_form, ews_busy,
    testing::Values(form{"soap_fault", busy("busy_fault")},
                    form{"response_message", busy("busy_message")},
                    form{"inner_error", busy("busy_inner")},
                    form{"http_503", {{"status", 503}, {"headers", {{"Retry-After", "1"}}}}}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ews_busy_alone, without_a_hint_is_waited_out_too) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "forget"}});
  command_fault({{"status", 503}}, "SyncFolderItems", 1);
  EXPECT_TRUE(client.list());
  EXPECT_GE(pause_after_first("SyncFolderItems"), 0.5);
}

TEST(ews_busy_alone, for_long_is_told_at_once_and_kept_by_the_next_channel) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "forget"}});
  command_fault({{"lie", "busy_fault"}, {"milliseconds", 300'000}}, "SyncFolderItems", 0);
  EXPECT_EQ(client.list().code(), ec::throttled);
  EXPECT_EQ(client.list().code(), ec::throttled);
  ews_client next(ews_settings(user));
  EXPECT_EQ(next.open().code(), ec::throttled);
  EXPECT_EQ(ews_operations(), std::vector<std::string>{"SyncFolderItems"});
}

TEST(ews_busy_alone, for_one_mailbox_does_not_hold_another_up) {
  const auto user = fresh_mailbox(), other = fresh_mailbox();
  ews_client client(ews_settings(user));
  command_fault({{"lie", "busy_fault"}, {"milliseconds", 300'000}}, "GetFolder", 1);
  EXPECT_EQ(client.open().code(), ec::throttled);
  EXPECT_TRUE(ews_client(ews_settings(other)).open());
}

TEST(ews_busy_alone, for_one_password_does_not_hold_up_another) {
  const auto user = fresh_mailbox();
  command_fault({{"lie", "busy_fault"}, {"milliseconds", 300'000}}, "GetFolder", 1);
  EXPECT_EQ(ews_client(ews_settings(user)).open().code(), ec::throttled);
  exchange().control({{"do", "password"}, {"user", user}, {"password", "other"}});
  auto settings = ews_settings(user);
  settings.server.password = "other";
  EXPECT_TRUE(ews_client(settings).open());
  EXPECT_EQ(ews_client(ews_settings(user)).open().code(), ec::throttled) << "no request goes out";
}

TEST(ews_busy_alone, for_some_mails_only_repeats_those) {
  const auto user = fresh_mailbox();
  for (const char* n : {"a", "b", "c", "d"}) exchange().deliver(user, ews_mail(n));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  const json fault = {{"lie", "error"}, {"code", "ErrorServerBusy"}, {"at", 1}, {"items", 2}};
  exchange().control({{"do", "forget"}});
  command_fault(fault, "GetItem", 1);
  EXPECT_EQ(client.fetch(mails).subjects(), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(ews_operations(), (std::vector<std::string>{"GetItem mime 4", "GetItem mime 2"}));
  exchange().control({{"do", "forget"}});
  command_fault(fault, "MoveItem", 1);
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 4U);
}

TEST(ews_busy_alone, an_internal_error_of_the_server_is_a_passing_one) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  command_fault({{"lie", "fault"}, {"code", "ErrorInternalServerError"}}, "SyncFolderItems", 1);
  EXPECT_EQ(client.list().code(), ec::server_busy);
  command_fault({{"status", 502}}, "SyncFolderItems", 1);
  EXPECT_EQ(client.list().code(), ec::server_busy);
  EXPECT_TRUE(client.list());
}

TEST(ews_unwilling, asks_a_server_that_hands_out_nothing_but_once_more_and_for_its_health) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 20; ++i) exchange().deliver(user, ews_mail("x"));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "forget"}});
  exchange().control({{"do", "fault"}, {"match", ""}, {"status", 500}, {"times", 0}});
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.end.code(), ec::server_busy);
  EXPECT_TRUE(got.mails.empty());
  EXPECT_EQ(ews_operations(),
            (std::vector<std::string>{"GetItem mime 20", "GetItem mime 1", "GetFolder"}));
}

TEST(ews_unwilling, ends_pieces_as_too_large_when_the_listed_size_was_a_lie) {
  const auto user = fresh_mailbox();
  exchange().control({{"do", "big"}, {"user", user}, {"bytes", 24u << 20}});
  ews_client client(ews_settings(user));
  auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1U);
  mails[0].size = 10;
  const auto got = client.fetch_in_pieces(mails[0], [](auto, auto next) { next(); });
  EXPECT_EQ(got.code(), ec::mail_too_large);
}

}  // namespace
}  // namespace postroom::channels

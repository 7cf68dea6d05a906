#include <gtest/gtest.h>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

std::vector<std::string> numbers(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(std::to_string(i));
  return out;
}

void deliver_numbers(const std::string& user, int count) {
  for (const auto& n : numbers(count)) exchange().deliver(user, ews_mail(n));
}

TEST(ews_fetch, gives_mails_byte_for_byte_and_in_order) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 120);
  auto settings = ews_settings(user);
  settings.pipeline_bytes = 1u << 20;
  ews_client client(settings);
  const auto got = client.fetch(client.open_and_list());
  ASSERT_TRUE(got.end) << got.end.error().text();
  EXPECT_EQ(got.subjects(), numbers(120));
  EXPECT_EQ(**got.mails[5].second, ews_mail("5"));
  EXPECT_LE(count_of("GetItem"), 4U) << "mails are asked for in batches";
}

TEST(ews_fetch, asks_for_large_mails_alone_and_keeps_the_order) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("a"));
  exchange().deliver(user, ews_mail("b", std::string(3u << 20, 'x')));
  exchange().deliver(user, ews_mail("c"));
  auto settings = ews_settings(user);
  settings.pipeline_bytes = 1u << 20;
  ews_client client(settings);
  const auto got = client.fetch(client.open_and_list());
  ASSERT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(ews_fetch, lets_calls_of_single_mails_share_requests_and_ends_them_in_order) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 100);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  std::vector<std::string> seen;
  std::promise<void> last;
  for (std::size_t i = 0; i < mails.size(); ++i) {
    client.channel().fetch(
        {mails[i]},
        [&seen](const listed_mail& m, auto got) {
          seen.push_back((got ? "mail " : "none ") + std::to_string(m.uid));
        },
        [&, i](result<void> end) {
          seen.push_back((end ? "end " : "bad end ") + std::to_string(i + 1));
          if (i + 1 == mails.size()) last.set_value();
        });
  }
  last.get_future().wait();
  std::vector<std::string> expected;
  for (int i = 1; i <= 100; ++i) {
    expected.push_back("mail " + std::to_string(i));
    expected.push_back("end " + std::to_string(i));
  }
  EXPECT_EQ(seen, expected);
  EXPECT_LT(count_of("GetItem"), 50U);
}

TEST(ews_fetch, ends_every_overlapping_call_with_the_error_of_one) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 3);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control(
      {{"do", "fault"}, {"match", "Get"}, {"status", 502}, {"times", 0}, {"delay", 0.2}});
  std::vector<ec> ends;
  std::promise<void> last;
  for (std::size_t i = 0; i < 3; ++i)
    client.channel().fetch(
        {mails[i]}, [](const auto&, auto) { ADD_FAILURE(); },
        [&](result<void> end) {
          ends.push_back(end.code());
          if (ends.size() == 3) last.set_value();
        });
  last.get_future().wait();
  EXPECT_EQ(ends, std::vector<ec>(3, ec::server_busy));
  exchange().control({{"do", "forget"}});
  EXPECT_EQ(client.fetch(mails).subjects(), numbers(3));
}

TEST(ews_fetch, has_no_more_requests_under_way_than_allowed) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 12; ++i) exchange().deliver(user, ews_mail("x", std::string(200'000, 'x')));
  auto settings = ews_settings(user);
  settings.max_requests = 3;
  settings.pipeline_bytes = 1u << 20;
  ews_client client(settings);
  const auto mails = client.open_and_list();
  exchange().control({{"do", "forget"}});
  exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"times", 0}, {"delay", 0.1}});
  EXPECT_EQ(client.fetch(mails).mails.size(), 12U);
  const auto most = exchange().control({{"do", "peak"}}).at("peak");
  EXPECT_EQ(most, 3);
}

TEST(ews_fetch, changes_nothing_on_the_server) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 3);
  const auto before = exchange().mails(user);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  ASSERT_TRUE(client.fetch(mails).end);
  ASSERT_TRUE(client.fetch_in_pieces(mails[0], [](auto, auto next) { next(); }));
  ASSERT_TRUE(client.close());
  EXPECT_EQ(exchange().mails(user), before);
  for (const auto& operation : ews_operations())
    EXPECT_TRUE(operation.starts_with("Get") || operation.starts_with("SyncFolderItems"))
        << operation;
}

TEST(ews_fetch, tells_of_the_one_that_is_gone_among_many) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 3);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control(
      {{"do", "remove"}, {"user", user}, {"id", exchange().mails(user)[1].at("id")}});
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"0", "not_found", "2"}));
}

struct item_error {
  const char* code;
  const char* becomes;
};
class ews_fetch_errors : public testing::TestWithParam<item_error> {};

TEST_P(ews_fetch_errors, let_one_bad_mail_not_stop_the_others) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 3);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "fault"},
                      {"match", "GetItem"},
                      {"lie", "error"},
                      {"code", GetParam().code},
                      {"at", 1}});
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"0", GetParam().becomes, "2"}));
}

INSTANTIATE_TEST_SUITE_P(each_code, ews_fetch_errors,
                         testing::Values(item_error{"ErrorItemCorrupt", "server_busy"},
                                         item_error{"ErrorContentConversionFailed", "server_busy"},
                                         item_error{"ErrorAccessDenied", "server_busy"},
                                         item_error{"ErrorItemNotFound", "not_found"},
                                         item_error{"ErrorMessageSizeExceeded", "mail_too_large"}),
                         [](const auto& param) { return std::string(param.param.code); });

struct poison {
  const char* name;
  const char* how;
  const char* code;
  const char* becomes;
  int bytes = 0;       ///< "cut": of the answer
  double seconds = 0;  ///< "cut": before it
};
class ews_fetch_poison : public testing::TestWithParam<poison> {
 protected:
  /// Numbered mails of which this one spoils every answer that would hold it.
  void prepare(ews_client& client, const std::string& user, int count, std::size_t bad) {
    deliver_numbers(user, count);
    mails = client.open_and_list();
    exchange().control({{"do", "poison"},
                        {"user", user},
                        {"id", exchange().mails(user)[bad].at("id")},
                        {"how", GetParam().how},
                        {"code", GetParam().code},
                        {"bytes", GetParam().bytes},
                        {"seconds", GetParam().seconds}});
  }
  static inbound_settings impatient(const std::string& user) {
    auto settings = ews_settings(user);
    settings.server.request_timeout = duration{1'000};
    return settings;
  }
  std::vector<listed_mail> mails;
};

TEST_P(ews_fetch_poison, of_one_mail_stops_none_of_the_others) {
  const auto user = fresh_mailbox();
  ews_client client(impatient(user));
  prepare(client, user, 5, 2);
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end) << got.end.error().text();
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"0", "1", GetParam().becomes, "3", "4"}));
}

TEST_P(ews_fetch_poison, of_a_mail_in_pieces_is_that_mails_own_trouble) {
  const auto user = fresh_mailbox();
  ews_client client(impatient(user));
  prepare(client, user, 1, 0);
  const auto got = client.fetch_in_pieces(mails[0], [](auto, auto next) { next(); });
  EXPECT_EQ(to_string(got.code()), GetParam().becomes);
}

INSTANTIATE_TEST_SUITE_P(
    each_form, ews_fetch_poison,
    testing::Values(poison{"http_500", "status", "", "server_busy"},
                    poison{"soap_fault", "fault", "ErrorInternalServerError", "server_busy"},
                    poison{"violation", "fault", "ErrorInvalidRequest", "server_busy"},
                    poison{"gone", "fault", "ErrorItemNotFound", "not_found"},
                    poison{"no_base64", "mime", "", "server_busy"},
                    poison{"cut_in_the_middle", "cut", "", "server_busy", 700},
                    poison{"closed_without_an_answer", "cut", "", "server_busy", 0},
                    poison{"no_answer_in_time", "cut", "", "server_busy", 0, 30}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ews_fetch, never_asks_for_a_mail_over_the_limit) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("small"));
  exchange().deliver(user, ews_mail("large", std::string(5'000, 'x')));
  exchange().deliver(user, ews_mail("last"));
  auto settings = ews_settings(user);
  settings.max_mail_bytes = 1'000;
  ews_client client(settings);
  const auto got = client.fetch(client.open_and_list());
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"small", "mail_too_large", "last"}));
  EXPECT_EQ(ews_operations().back(), "GetItem mime 2");
}

TEST(ews_fetch, keeps_to_the_limit_when_the_listed_size_was_a_lie) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("small"));
  exchange().deliver(user, ews_mail("large", std::string(3u << 20, 'x')));
  ews_client client(ews_settings(user));
  auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 2U);
  mails[1].size = 10;
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), (std::vector<std::string>{"small", "mail_too_large"}));
}

TEST(ews_fetch, reads_past_characters_that_xml_forbids) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 2);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"lie", "illegal"}});
  EXPECT_EQ(client.fetch(mails).subjects(), numbers(2));
}

TEST(ews_fetch, asks_for_mails_one_by_one_when_their_answer_was_cut_off) {
  for (const int count : {1, 3}) {
    const auto user = fresh_mailbox();
    deliver_numbers(user, count);
    ews_client client(ews_settings(user));
    const auto mails = client.open_and_list();
    exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"cut", 900}});
    const auto got = client.fetch(mails);
    EXPECT_TRUE(got.end) << got.end.error().text();
    EXPECT_EQ(got.subjects(), numbers(count));
    EXPECT_EQ(count_of("GetItem"), 1U + static_cast<unsigned>(count));
  }
}

TEST(ews_fetch, blames_no_mail_when_the_server_cuts_everything_off) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 3);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "fault"}, {"match", "."}, {"cut", 200}, {"times", 0}});
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.end.code(), ec::connection_lost);
  EXPECT_TRUE(got.mails.empty());
  const auto pieces = client.fetch_in_pieces(mails[0], [](auto, auto next) { next(); });
  EXPECT_EQ(pieces.code(), ec::connection_lost);
}

TEST(ews_fetch, tells_after_a_bounded_number_of_requests_that_all_mails_are_cut_off) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 10);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control({{"do", "forget"}});
  exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"cut", 900}, {"times", 0}});
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.subjects(), std::vector<std::string>(10, "server_busy"));
  EXPECT_EQ(ews_operations().size(), 21U) << "all, then each alone and whether the server is well";
}

TEST(ews_fetch, takes_an_answer_that_is_no_soap_for_the_trouble_of_the_mail) {
  const auto user = fresh_mailbox();
  deliver_numbers(user, 1);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  for (const char* body : {"<html>welcome</html>", "", "\x01\x02", "<s:Envelope><s:Body/>"}) {
    exchange().control({{"do", "fault"}, {"match", "GetItem"}, {"status", 200}, {"body", body}});
    const auto got = client.fetch(mails);
    EXPECT_TRUE(got.end) << body;
    EXPECT_EQ(got.subjects(), std::vector<std::string>{"server_busy"}) << body;
  }
}

}  // namespace
}  // namespace postroom::channels

#include <gtest/gtest.h>

#include "tests/channels/smtp_client.hpp"
#include "tests/channels/smtp_script.hpp"

namespace postroom::channels {
namespace {

TEST(smtp, replaces_a_kept_connection_that_the_server_closed_meanwhile) {
  scripted_server server(
      dialog{connected(), taken("a@example.org"), gate("idle"), S("421 idle too long"), hang_up()},
      dialog{connected(), taken("b@example.org")});
  smtp_client client(settings_for(server));
  EXPECT_EQ(client.send("a@example.org").code, ec::none);
  server.release("idle");
  EXPECT_EQ(client.send("b@example.org").code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(client.reports(), 2);
}

TEST(smtp, repeats_once_a_mail_that_a_kept_connection_refused_to_begin) {
  for (const auto& end : {S("421 too many mails"), S("452 too many mails"), hang_up(), reset()}) {
    scripted_server server(dialog{connected(), taken("a@example.org"), C_like("MAIL.*"), end},
                           dialog{connected(), taken("b@example.org")});
    smtp_client client(settings_for(server));
    EXPECT_EQ(client.send("a@example.org").code, ec::none);
    EXPECT_EQ(client.send("b@example.org").code, ec::none);
    EXPECT_EQ(server.verdict(), "");
    EXPECT_EQ(client.reports(), 2);
  }
}

TEST(smtp, does_not_repeat_a_mail_on_a_fresh_connection) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("421 not today")});
  smtp_client client(settings_for(server));
  auto report = client.send("a@example.org");
  EXPECT_EQ(report.code, ec::server_busy);
  EXPECT_TRUE(report.server_wide);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.connections(), 1u);
}

/// The rest of a delivery after MAIL.
dialog rest_of_delivery() {
  return {S("250 ok"), C_like("RCPT.*"), S("250 ok"),   C("DATA"),
          S("354 go"), C_data(),         S("250 taken")};
}

TEST(smtp, uses_as_many_connections_as_it_may_and_no_more) {
  auto two_mails = [](const char* first, const char* second) {
    return dialog{connected(),      C_like("MAIL.*"), gate(first),       rest_of_delivery(),
                  C_like("MAIL.*"), gate(second),     rest_of_delivery()};
  };
  scripted_server server(two_mails("first", "third"), two_mails("second", "fourth"));
  smtp_client client(settings_for(server, 2));
  std::vector<std::future<send_report>> all;
  for (int i = 0; i < 4; ++i) all.push_back(client.start("user@example.org"));
  for (const char* name : {"first", "second"}) ASSERT_TRUE(server.await(name));
  EXPECT_EQ(server.connections(), 2u);
  for (const char* name : {"first", "second"}) server.release(name);
  for (const char* name : {"third", "fourth"}) ASSERT_TRUE(server.await(name));
  for (const char* name : {"third", "fourth"}) server.release(name);
  for (auto& f : all) EXPECT_EQ(client.wait(std::move(f)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.connections(), 2u);
}

TEST(smtp, carries_on_with_one_connection_when_the_server_grants_no_second) {
  scripted_server server(
      dialog{connected(), C_like("MAIL.*"), gate("first"), S("250 ok"), C_like("RCPT.*"),
             S("250 ok"), C("DATA"), S("354 go"), C_data(), S("250 taken"), taken("b@example.org")},
      dialog{S("421 one is enough")});
  smtp_client client(settings_for(server, 2));
  auto first = client.start("a@example.org");
  ASSERT_TRUE(server.await("first"));
  auto second = client.start("b@example.org");
  while (server.connections() < 2) client.round();
  server.release("first");
  EXPECT_EQ(client.wait(std::move(first)).code, ec::none);
  EXPECT_EQ(client.wait(std::move(second)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, holds_a_bounded_queue) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), hang()});
  smtp_client client(settings_for(server));
  std::vector<std::future<send_report>> all;
  for (int i = 0; i < 1'002; ++i) all.push_back(client.start("user@example.org"));
  EXPECT_EQ(client.wait(std::move(all.back())).code, ec::overloaded);
  all.pop_back();
  client.channel().close();
  for (auto& f : all) EXPECT_EQ(client.wait(std::move(f)).code, ec::cancelled);
  EXPECT_EQ(client.reports(), 1'002);
}

TEST(smtp, ends_everything_with_cancelled_when_it_is_closed) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), gate("begun"), hang()});
  smtp_client client(settings_for(server));
  auto begun = client.start("a@example.org"), waiting = client.start("b@example.org");
  ASSERT_TRUE(server.await("begun"));
  client.channel().close();
  EXPECT_EQ(client.wait(std::move(begun)).code, ec::cancelled);
  EXPECT_EQ(client.wait(std::move(waiting)).code, ec::cancelled);
  EXPECT_EQ(client.send("c@example.org").code, ec::cancelled);
  server.release("begun");
}

TEST(smtp, still_hears_the_answer_to_a_mail_that_is_with_the_server_when_it_is_closed) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                                S("250 ok"), C("DATA"), S("354 go"), C_data(), gate("thinking"),
                                S("250 taken"), C("QUIT")});
  smtp_client client(settings_for(server));
  auto sent = client.start("a@example.org");
  ASSERT_TRUE(server.await("thinking"));
  client.drop();
  client.round();
  server.release("thinking");
  EXPECT_EQ(client.wait(std::move(sent)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, does_not_hold_the_loop_up_while_a_server_thinks) {
  scripted_server slow(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                              S("250 ok"), C("DATA"), S("354 go"), C_data(), gate("thinking"),
                              S("250 taken")});
  scripted_server quick(dialog{connected(), taken()});
  smtp_client client(settings_for(slow));
  auto other = make_smtp(client.loop(), settings_for(quick));
  auto waits = client.start("a@example.org");
  ASSERT_TRUE(slow.await("thinking"));
  std::promise<send_report> done;
  other->send(
      {"desk@example.org", "user@example.org", std::make_shared<const std::string>("x\r\n")},
      [&](send_report r) { done.set_value(std::move(r)); });
  EXPECT_EQ(client.wait(done.get_future()).code, ec::none)
      << "while the first server has not answered";
  slow.release("thinking");
  EXPECT_EQ(client.wait(std::move(waits)).code, ec::none);
}

TEST(smtp, answers_every_mail_when_the_loop_ends_first) {
  std::future<send_report> waits;
  scripted_server server(dialog{connected(), C_like("MAIL.*"), gate("begun"), hang()});
  {
    auto ended = std::make_shared<std::promise<send_report>>();
    waits = ended->get_future();
    auto loop = std::make_unique<event_loop>();
    auto channel = make_smtp(*loop, settings_for(server));
    channel->send(
        {"desk@example.org", "user@example.org", std::make_shared<const std::string>("x\r\n")},
        [ended](send_report r) { ended->set_value(std::move(r)); });
    ASSERT_TRUE(server.await("begun"));
    server.release("begun");
    // The channel goes just before the loop, as when the process stops.
    channel.reset();
    loop.reset();
  }
  EXPECT_EQ(waits.get().code, ec::cancelled);
}

}  // namespace
}  // namespace postroom::channels

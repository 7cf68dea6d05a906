// Mails of which no answer says whether they went out.
#include "tests/channels/graph_out_client.hpp"

namespace postroom::channels {
namespace {

// Else a mail that the service takes and then says nothing of would be sent for ever.
TEST(graph_out, blames_no_other_mail_for_one_whose_end_is_unknown) {
  const nlohmann::json ends[] = {
      {{"cut", 5}},
      {{"status", 502}},
      {{"status", 504}},
      {{"status", 503}, {"before", true}, {"times", 6}, {"headers", {{"Retry-After", "0.01"}}}}};
  graph_sender sender;
  EXPECT_TRUE(sender.box.open()) << "a connection that may be kept";
  for (nlohmann::json fault : ends) {
    fault["match"] = "sendMail";
    sender.box.fault(fault);
    const auto report = sender.send("a@example.org");
    EXPECT_NE(report.code, ec::none) << fault;
    EXPECT_FALSE(report.server_wide) << fault;
    EXPECT_FALSE(report.permanent) << fault;
  }
  EXPECT_EQ(sender.sent().size(), 3u) << "none was repeated that may have been carried out";
}

TEST(graph_out, blames_the_server_when_no_request_went_out) {
  graph_sender sender;
  for (const ec why : {ec::timeout, ec::connection_lost, ec::auth_refused}) {
    sender.box.tokens().fail_with(fail(why, "no token"));
    EXPECT_TRUE(sender.send("a@example.org").server_wide) << to_string(why);
  }
  graph_sender away;
  away.settings.url = "http://127.0.0.1:1/v1.0";
  const auto report = away.send("a@example.org");
  EXPECT_EQ(report.code, ec::unreachable);
  EXPECT_TRUE(report.server_wide);
}

TEST(graph_out, asks_for_the_draft_whether_a_mail_went_out_when_no_answer_says) {
  graph_sender sender;
  sender.settings.save_to_sent = false;
  unsigned sent = 0;
  for (const nlohmann::json& end : {nlohmann::json{{"cut", 5}}, {{"status", 504}}}) {
    nlohmann::json fault{{"match", "send$"}, {"times", 1}};
    fault.update(end);
    sender.box.fault(fault);
    // Nor does the first who is asked know.
    sender.box.fault({{"match", "^GET me/messages/{id}$"}, {"times", 1}, {"status", 500}});
    const auto report = sender.send("a@example.org");
    EXPECT_EQ(report.code, ec::none) << end << report.reply;
    EXPECT_EQ(sender.sent().size(), ++sent);
    EXPECT_TRUE(sender.becomes_empty("sentitems"));
  }
  sender.box.fault({{"match", "send$"}, {"times", 1}, {"status", 504}, {"before", true}});
  const auto report = sender.send("a@example.org");
  EXPECT_EQ(report.code, ec::server_busy);
  EXPECT_FALSE(report.server_wide);
  EXPECT_EQ(sender.sent().size(), sent);
  EXPECT_TRUE(sender.becomes_empty("drafts"));
}

TEST(graph_out, deletes_a_draft_later_when_the_service_does_not_do_it_at_once) {
  graph_sender sender;
  sender.settings.save_to_sent = false;
  for (const nlohmann::json& end : {nlohmann::json{{"cut", 5}}, {{"status", 500}}}) {
    sender.box.fault({{"match", "send$"}, {"times", 1}, {"status", 400}, {"before", true}});
    nlohmann::json fault{{"match", "DELETE me/messages"}, {"times", 1}, {"before", true}};
    fault.update(end);
    sender.box.fault(fault);
    EXPECT_EQ(sender.send("a@example.org").code, ec::protocol_violation);
    EXPECT_TRUE(sender.becomes_empty("drafts")) << end;
  }
}

}  // namespace
}  // namespace postroom::channels

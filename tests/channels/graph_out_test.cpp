#include <thread>

#include "tests/channels/graph_out_client.hpp"

namespace postroom::channels {
namespace {

using texts = nlohmann::json;

TEST(graph_out, sends_a_mail_as_it_is_with_one_request) {
  graph_sender sender;
  graph_client reader;
  const auto report = sender.send(reader.user());
  EXPECT_EQ(report.code, ec::none) << report.reply;
  EXPECT_EQ(report.reply_code, 202);
  ASSERT_EQ(reader.mails().size(), 1u);
  EXPECT_EQ(reader.mails()[0].at("raw"), sender.message(reader.user()));
  ASSERT_EQ(sender.box.mails("sentitems").size(), 1u);
  EXPECT_EQ(sender.box.requests().size(), 1u);
}

TEST(graph_out, sends_to_the_one_recipient_whatever_the_header_names) {
  graph_sender sender;
  const auto text =
      sender.message("a@example.org, b@example.org", "Cc: c@example.org\r\nBcc: d@example.org\r\n");
  for (const char* to : {"a@example.org", "c@example.org", "d@example.org"})
    EXPECT_EQ(sender.send(to, text).code, ec::none);
  const auto sent = sender.sent();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].at("to"), (texts{"a@example.org"}));
  EXPECT_EQ(sent[1].at("to"), (texts{"c@example.org"}));
  EXPECT_EQ(sent[2].at("to"), (texts{"d@example.org"}));
}

TEST(graph_out, keeps_no_copy_when_none_is_wanted) {
  graph_sender sender;
  graph_client reader;
  sender.settings.save_to_sent = false;
  // The copy turns up only a while after the mail was taken.
  sender.box.fault({{"match", "^GET me/messages/{id}$"}, {"times", 1}, {"status", 404}});
  EXPECT_EQ(sender.send(reader.user()).code, ec::none);
  EXPECT_EQ(reader.mails().at(0).at("raw"), sender.message(reader.user()));
  EXPECT_TRUE(sender.becomes_empty("sentitems"));
  EXPECT_TRUE(sender.box.mails("drafts").empty());
}

TEST(graph_out, uploads_a_large_file_in_ranges_and_keeps_the_message_id) {
  graph_sender sender;
  graph_client reader;
  constexpr std::size_t size = 12'000'000;
  const auto report = sender.send(reader.user(), sender.with_file(reader.user(), size));
  EXPECT_EQ(report.code, ec::none) << report.reply;
  ASSERT_EQ(reader.mails().size(), 1u);
  const std::string got = reader.mails()[0].at("raw");
  EXPECT_NE(got.find("Message-ID: <kept.0002@example.org>"), got.npos);
  EXPECT_NE(got.find("filename=\"large.pdf\""), got.npos);
  EXPECT_GT(got.size(), size * 4 / 3);
  EXPECT_EQ(sender.box.requests("createUploadSession").size(), 1u);
  EXPECT_TRUE(sender.box.mails("drafts").empty());
}

TEST(graph_out, attaches_a_file_too_small_for_an_upload_with_one_request) {
  graph_sender sender;
  graph_client reader;
  // Three megabytes as a file, four as MIME.
  EXPECT_EQ(sender.send(reader.user(), sender.with_file(reader.user(), 3'000'000)).code, ec::none);
  EXPECT_EQ(sender.box.requests("attachments").size(), 1u);
  EXPECT_EQ(sender.box.requests("createUploadSession").size(), 0u);
  EXPECT_EQ(reader.mails().size(), 1u);
}

TEST(graph_out, shows_its_token_to_no_upload_address) {
  graph_sender sender;
  EXPECT_EQ(sender.send("a@example.org", sender.with_file("a@example.org", 4'000'000)).code,
            ec::none);
  int uploads = 0;
  const auto requests = sender.box.service().control({{"do", "requests"}}).at("requests");
  for (const auto& one : requests) {
    if (!one.at("operation").get<std::string>().starts_with("upload")) continue;
    ++uploads;
    EXPECT_EQ(one.at("token"), "");
  }
  EXPECT_GT(uploads, 1);
  sender.box.fault({{"match", "createUploadSession"},
                    {"times", 1},
                    {"status", 201},
                    {"body", R"({"uploadUrl":"http://elsewhere.example.org/x"})"}});
  const auto report = sender.send("a@example.org", sender.with_file("a@example.org", 4'000'000));
  EXPECT_EQ(report.code, ec::protocol_violation);
}

TEST(graph_out, leaves_no_draft_of_a_mail_that_failed_half_way) {
  graph_sender sender;
  for (const char* step : {"createUploadSession", "PUT upload", "send$"}) {
    sender.box.fault({{"match", step},
                      {"times", 1},
                      {"status", 400},
                      {"before", true},
                      {"body", R"({"error":{"code":"ErrorInvalidRequest","message":"x"}})"}});
    const auto report = sender.send("a@example.org", sender.with_file("a@example.org", 4'000'000));
    EXPECT_EQ(report.code, ec::protocol_violation) << step;
    EXPECT_FALSE(report.permanent);
    EXPECT_FALSE(report.server_wide);
    EXPECT_TRUE(sender.becomes_empty("drafts")) << step;
  }
  EXPECT_TRUE(sender.sent().empty());
}

TEST(graph_out, refuses_for_good_what_no_request_has_room_for) {
  graph_sender sender;
  const auto report =
      sender.send("a@example.org", sender.message("a@example.org", "", std::string(4 << 20, 'x')));
  EXPECT_EQ(report.code, ec::mail_too_large);
  EXPECT_TRUE(report.permanent);
  EXPECT_TRUE(sender.box.requests().empty());
}

TEST(graph_out, tells_of_each_refusal_whom_it_concerns) {
  const struct {
    int status;
    const char* code;
    ec what;
    bool permanent, server_wide;
  } table[] = {
      {400, "ErrorInvalidRecipients", ec::recipient_refused, true, false},
      {403, "ErrorSendAsDenied", ec::oauth_consent_missing, false, true},
      {413, "ErrorMessageSizeExceeded", ec::mail_too_large, true, false},
      {403, "ErrorAccessDenied", ec::oauth_consent_missing, false, true},
      {404, "ErrorInvalidUser", ec::mailbox_missing, false, true},
      {400, "BadRequest", ec::protocol_violation, false, false},
      {500, "ErrorInternalServerError", ec::server_busy, false, false},
      {502, "BadGateway", ec::server_busy, false, false},
      {507, "ErrorQuotaExceeded", ec::server_busy, false, true},
  };
  graph_sender sender;
  for (const auto& row : table) {
    const nlohmann::json body{{"error", {{"code", row.code}, {"message", "because"}}}};
    sender.box.fault({{"match", "sendMail"},
                      {"times", 1},
                      {"status", row.status},
                      {"before", true},
                      {"body", body.dump()}});
    const auto report = sender.send("a@example.org");
    EXPECT_EQ(report.code, row.what) << row.code;
    EXPECT_EQ(report.permanent, row.permanent) << row.code;
    EXPECT_EQ(report.server_wide, row.server_wide) << row.code;
    EXPECT_EQ(report.reply_code, row.status);
    EXPECT_NE(report.reply.find(std::string(row.code) + ": because"), std::string::npos);
  }
  EXPECT_TRUE(sender.sent().empty());
}

TEST(graph_out, refuses_a_sender_and_a_recipient_as_the_service_does) {
  graph_sender sender;
  auto text = sender.message("a@example.org");
  const auto at = text.find("\r\n");
  text.replace(0, at, "From: somebody.else@example.org");
  auto report = sender.send("a@example.org", text);
  EXPECT_FALSE(report.permanent) << "the right can be granted";
  EXPECT_TRUE(report.server_wide);
  EXPECT_TRUE(report.reply.starts_with("sender refused: ErrorSendAsDenied")) << report.reply;
  report = sender.send("a@invalid.example");
  EXPECT_EQ(report.code, ec::recipient_refused);
  EXPECT_TRUE(report.permanent);
  report = sender.send("a@b.c>\r\nBcc: x@y.z");
  EXPECT_EQ(report.code, ec::recipient_refused);
}

TEST(graph_out, tries_a_mail_again_whose_draft_somebody_deleted) {
  graph_sender sender;
  for (const char* step : {"createUploadSession", "PUT upload", "send$"}) {
    sender.box.fault({{"match", step},
                      {"times", 1},
                      {"status", 404},
                      {"before", true},
                      {"body", R"({"error":{"code":"ErrorItemNotFound","message":"x"}})"}});
    const auto report = sender.send("a@example.org", sender.with_file("a@example.org", 4'000'000));
    EXPECT_EQ(report.code, ec::not_found) << step;
    EXPECT_FALSE(report.permanent) << step;
    EXPECT_FALSE(report.server_wide) << step;
  }
  EXPECT_EQ(sender.send("a@example.org").code, ec::none);
}

TEST(graph_out, waits_as_the_service_says_and_sends_once) {
  graph_sender sender;
  sender.box.fault({{"match", "sendMail"},
                    {"times", 2},
                    {"status", 429},
                    {"before", true},
                    {"headers", {{"Retry-After", "0.2"}}}});
  EXPECT_EQ(sender.send("a@example.org").code, ec::none);
  const auto requests = sender.box.requests();
  ASSERT_EQ(requests.size(), 3u);
  for (int i = 0; i < 2; ++i)
    EXPECT_GE(requests[i + 1].at("at").get<double>() - requests[i].at("ended").get<double>(), 0.2);
  EXPECT_EQ(sender.sent().size(), 1u);
}

TEST(graph_out, uses_a_fresh_token_when_one_was_refused) {
  graph_sender sender;
  sender.box.revoke(1);
  sender.box.allow(2);
  EXPECT_EQ(sender.send("a@example.org").code, ec::none);
  sender.box.revoke(2);
  const auto report = sender.send("a@example.org");
  EXPECT_EQ(report.code, ec::auth_refused);
  EXPECT_TRUE(report.server_wide);
  EXPECT_EQ(sender.sent().size(), 1u);
}

TEST(graph_out, sends_from_a_shared_mailbox) {
  graph_sender sender;
  graph_client shared;
  sender.box.service().control(
      {{"do", "share"}, {"user", shared.user()}, {"with", sender.box.user()}});
  sender.settings.user = shared.user();
  sender.from = shared.user();
  EXPECT_EQ(sender.send("a@example.org").code, ec::none);
  EXPECT_EQ(shared.mails("sentitems").size(), 1u);
}

TEST(graph_out, has_no_more_mails_on_their_way_than_is_set) {
  graph_sender sender;
  sender.settings.max_connections = 2;
  sender.box.service().control({{"do", "limits"}, {"concurrent", 2}});
  sender.box.fault({{"match", "sendMail"}, {"times", 0}, {"delay", 0.02}});
  std::vector<std::future<send_report>> ends;
  for (int i = 0; i < 10; ++i)
    ends.push_back(sender.start("a@example.org", sender.message("a@example.org")));
  for (auto& end : ends) EXPECT_EQ(end.get().code, ec::none);
  EXPECT_EQ(sender.box.service().control({{"do", "most_at_once"}}).at("most").at(sender.box.user()),
            2);
  sender.box.service().control({{"do", "limits"}});
  sender.box.forget();
}

TEST(graph_out, leaves_incoming_mails_of_the_same_mailbox_their_turn) {
  graph_sender sender;
  sender.box.deliver_numbered(1, 20);
  const auto mails = sender.box.open_and_list();
  sender.box.fault({{"match", "sendMail"}, {"times", 0}, {"delay", 0.02}});
  std::vector<std::future<send_report>> ends;
  for (int i = 0; i < 200; ++i)
    ends.push_back(sender.start("a@example.org", sender.message("a@example.org")));
  // A batch, which needs all places.
  EXPECT_TRUE(sender.box.settle(mails, after_commit::mark_seen));
  EXPECT_LT(sender.reports, 100);
  for (auto& end : ends) EXPECT_EQ(end.get().code, ec::none);
  sender.box.forget();
}

TEST(graph_out, gets_its_turn_during_a_backlog_of_incoming_mails) {
  graph_sender sender;
  sender.settings.max_connections = 1;
  sender.box.deliver_numbered(1, 200);
  const auto mails = sender.box.open_and_list();
  sender.box.fault({{"match", "value"}, {"times", 0}, {"delay", 0.02}});
  std::atomic<int> read = 0;
  std::promise<void> ended;
  sender.box.channel().fetch(
      mails, [&](const auto&, const auto&) { ++read; }, [&](const auto&) { ended.set_value(); });
  EXPECT_EQ(sender.send("a@example.org").code, ec::none);
  EXPECT_LT(read, 100);
  ended.get_future().wait();
  EXPECT_EQ(read, 200);
  sender.box.forget();
}

TEST(graph_out, has_a_bound_for_what_waits) {
  graph_sender sender;
  sender.box.fault({{"match", "."}, {"times", 0}, {"delay", 1}});
  std::vector<std::future<send_report>> ends;
  for (int i = 0; i < 1'010; ++i)
    ends.push_back(sender.start("a@example.org", sender.message("a@example.org")));
  sender.drop();
  int overloaded = 0, cancelled = 0, sent = 0;
  for (auto& end : ends) {
    const auto report = end.get();
    overloaded += report.code == ec::overloaded;
    cancelled += report.code == ec::cancelled;
    sent += report.code == ec::none;
  }
  EXPECT_EQ(overloaded, 6);
  EXPECT_EQ(cancelled, 1'000);
  EXPECT_EQ(sent, 4) << "they could not be taken back";
  EXPECT_EQ(sender.reports, 1'010);
  sender.box.forget();
}

TEST(graph_out, takes_a_draft_back_when_the_channel_goes) {
  graph_sender sender;
  sender.box.fault({{"match", "createUploadSession"}, {"times", 1}, {"delay", 0.3}});
  auto end = sender.start("a@example.org", sender.with_file("a@example.org", 4'000'000));
  for (int i = 0; i < 1'000 && sender.box.mails("drafts").empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  sender.drop();
  EXPECT_EQ(end.get().code, ec::cancelled);
  EXPECT_TRUE(sender.becomes_empty("drafts"));
  EXPECT_TRUE(sender.sent().empty());
  EXPECT_EQ(sender.reports, 1);
}

TEST(graph_out, lets_go_of_what_waits_for_a_pause_to_end) {
  graph_sender sender;
  graph_client reader;
  sender.box.fault({{"match", "POST me/messages$"},
                    {"times", 1},
                    {"status", 429},
                    {"before", true},
                    {"headers", {{"Retry-After", "0.3"}}}});
  auto end = sender.start(reader.user(), sender.with_file(reader.user(), 4'000'000));
  for (int i = 0; i < 6'000 && sender.box.requests().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  sender.drop();
  EXPECT_EQ(end.get().code, ec::cancelled);
  // Kept waiting by the same pause: by the end of it nothing may be left of the first channel.
  EXPECT_EQ(sender.send(reader.user()).code, ec::none);
  EXPECT_EQ(reader.mails().size(), 1u);
  EXPECT_TRUE(sender.box.mails("drafts").empty());
}

TEST(graph_out, ends_every_mail_once_when_the_loop_stops) {
  std::vector<std::future<send_report>> ends;
  {
    graph_sender sender;
    const std::string to = "a@example.org";
    const auto small = sender.message(to), large = sender.with_file(to, 4'000'000);
    sender.box.fault({{"match", "."}, {"times", 0}, {"delay", 2}});
    for (int i = 0; i < 8; ++i) ends.push_back(sender.start(to, i % 2 ? small : large));
    EXPECT_TRUE(
        sender.box.call<void>([&](auto done) { sender.box.loop().post([done] { done({}); }); }));
  }
  graph_service().control({{"do", "forget"}});
  for (auto& end : ends) EXPECT_EQ(end.get().code, ec::cancelled);
}

}  // namespace
}  // namespace postroom::channels

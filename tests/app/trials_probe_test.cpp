#include "tests/app/trials_fixture.hpp"

namespace postroom::app {
namespace {

dialog taken() {
  return {S("220 mx.test ready"),
          C("EHLO {h}"),
          S("250 mx.test"),
          C("EHLO {h}"),
          S("250 mx.test"),
          C("MAIL FROM:<helpdesk@example.org>"),
          S("250 ok"),
          C("RCPT TO:<it@example.org>"),
          S("250 ok"),
          C("DATA"),
          S("354 go ahead"),
          C_data(),
          S("250 2.0.0 queued")};
}

struct probe_trial : trials_test {
  admin::v1::ProbeRoundTripRequest request(uint32_t seconds = 20) {
    admin::v1::ProbeRoundTripRequest r;
    r.set_partition("IT");
    r.set_incoming("it-in");
    r.set_to("it@example.org");
    r.set_deadline_seconds(seconds);
    return r;
  }
  /// As the factory does; `mailbox` empty: not seen yet.
  void note(const actors::open_probe& p, const std::string& mailbox) {
    record::v1::Probe probe;
    probe.set_message_id(p.message_id);
    probe.set_expires_at(to_millis(p.expires));
    if (!mailbox.empty()) {
      probe.set_seen_at(1'795'442'021'042);
      probe.mutable_seen_as()->set_mailbox(mailbox);
    }
    it.put(storage::keys::probe(p.id), probe.SerializeAsString());
  }
};

TEST_F(probe_trial, a_probe_that_was_seen_says_where_and_when) {
  scripted_server server{taken()};
  at(outgoing(), server, "SMTP");
  on_probe = [this](const auto& p) { note(p, "it-in"); };
  const auto got = probe_round_trip(backend, request(), operator_);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_TRUE(got->ok()) << got->ShortDebugString();
  EXPECT_EQ(got->key().mailbox(), "it-in");
  EXPECT_GT(got->sent_at(), 0);
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].id.size(), 32u);
  EXPECT_EQ(probes[0].message_id, got->message_id());
  const auto mail = server.received().at(0);
  EXPECT_NE(mail.find("X-Postroom-Probe: " + probes[0].id), std::string::npos) << mail;
  EXPECT_NE(mail.find("<" + got->message_id() + ">"), std::string::npos);
}

TEST_F(probe_trial, a_probe_that_nobody_sees_is_given_up_at_the_deadline) {
  scripted_server server{taken()};
  at(outgoing(), server, "SMTP");
  on_probe = [this](const auto& p) { note(p, ""); };
  const auto got = probe_round_trip(backend, request(1), operator_);
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->ok());
  EXPECT_EQ(got->failed().step(), "seen");
  EXPECT_GT(got->sent_at(), 0);
}

TEST_F(probe_trial, a_probe_that_came_into_another_mailbox_says_into_which) {
  scripted_server server{taken()};
  at(outgoing(), server, "SMTP");
  on_probe = [this](const auto& p) { note(p, "it-other"); };
  const auto got = probe_round_trip(backend, request(), operator_);
  EXPECT_FALSE(got->ok());
  EXPECT_NE(got->failed().detail().find("it-other"), std::string::npos);
}

TEST_F(probe_trial, nothing_is_sent_to_a_mailbox_that_nobody_reads) {
  incoming().set_active(false);
  EXPECT_EQ(probe_round_trip(backend, request(), operator_).code(), ec::conflict);
  EXPECT_TRUE(probes.empty());
}

}  // namespace
}  // namespace postroom::app

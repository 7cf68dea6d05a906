#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/poller_plan.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {

struct outcome_test;

/// One mail and all that it must become.
struct golden {
  std::string name;  ///< what sort of mail it is, of letters, digits and '_'
  std::string mail;  ///< see `outcome_test::as_sent`
  std::string becomes;
  /// "subject | text" of the call or of its update, each exactly, without blanks at the ends; "":
  /// not looked at.
  std::string shows = {};
  void (*given)(outcome_test&) = nullptr;  ///< what is otherwise than usual
};

inline void PrintTo(const golden& row, std::ostream* to) {  // NOLINT: the name is gtest's
  *to << row.name;
}

inline std::string name_of_row(const testing::TestParamInfo<golden>& row) {
  return row.param.name;
}

/// A mail of Una's; `fields` and `body` as in `golden::mail`.
inline std::string from_una(const std::string& fields, const std::string& body) {
  return "From: Una User <una@example.com>\nTo: it@example.org\n"
         "Date: Mon, 23 Nov 2026 11:30:00 +0000\nMessage-ID: <new@mail.example.com>\n" +
         fields + "\n" + body;
}

/// What the border of example.org writes above a mail that it takes.
inline std::string checked(const std::string& result) {
  return "Authentication-Results: mx.example.org; " + result +
         "\nReceived: from out.example.net (out.example.net [192.0.2.7])\n"
         "\tby mx.example.org with ESMTPS id 7; Mon, 23 Nov 2026 11:30:01 +0000\n";
}

/// A multipart with the boundary "b"; each part begins with its fields.
inline std::string parts(const std::vector<std::string>& each) {
  std::string out;
  for (const auto& one : each) out += "--b\n" + one + "\n";
  return out + "--b--\n";
}

/// Una's first mail is call IT-000001, which was acknowledged to her; then one more mail comes in,
/// the whole way from its bytes to the commit.
struct outcome_test : ingest_test, testing::WithParamInterface<golden> {
  void SetUp() override {
    config.mutable_incoming(0)->add_authserv_ids("mx.example.org");
    ASSERT_TRUE(take({call_item(1, "red")}));
    if (GetParam().given != nullptr) GetParam().given(*this);
  }

  /// The mail as bytes: "\n" stands for CRLF, unless there is a CR already. {sent} is the
  /// Message-ID of the acknowledgement, {subject} its subject, {first} the Message-ID of Una's
  /// first mail, {tagged} the address for Una's answers, {for_group} the Message-ID of a
  /// notification to desk@example.org, {mark} our loop mark.
  [[nodiscard]] std::string as_sent(std::string mail) const {
    const auto tag = reply_keys->tags.sign({partition_id{"IT"}, call_number{1}}, "una@example.com");
    replace(mail, "{tagged}", mail::tagged_address("it@example.org", tag));
    const auto sent = record<record::v1::OutboxEntry>(keys::outbox(1));
    replace(mail, "{sent}", sent.message_id());
    replace(mail, "{subject}", sent.subject());
    replace(mail, "{first}", record<record::v1::Call>(keys::call(call_number{1})).message_id());
    replace(mail, "{mark}", reply_keys->loop_mark);
    const auto group =
        reply_keys->tags.sign({partition_id{"IT"}, call_number{1}}, "desk@example.org");
    replace(mail, "{for_group}", "n." + mail::render_reference(group) + "@example.org");
    if (mail.find('\r') == std::string::npos) replace(mail, "\n", "\r\n");
    return mail;
  }

  /// Takes it in as the poller and the call factory do.
  void take_in(const std::string& raw) {
    const auto model = model_of(config);
    plan::arrival a{{2, "", raw.size(), std::nullopt}, std::make_shared<const std::string>(raw)};
    record::v1::MailKey box;
    box.set_mailbox("it-in");
    box.set_uid_validity(7);
    auto item = plan::to_item(
        a, {box, std::nullopt, now, context->notes.get(), model->incoming("it-in"), model});
    key = item.key;
    ASSERT_TRUE(take({std::move(item)}));
  }

  [[nodiscard]] record::v1::LedgerEntry entry() const {
    return record<record::v1::LedgerEntry>(keys::ledger(key));
  }
  [[nodiscard]] record::v1::Call call_of(const record::v1::LedgerEntry& e) const {
    return record<record::v1::Call>(keys::call(call_number{e.call()}));
  }
  [[nodiscard]] record::v1::CallUpdate update_of(const record::v1::LedgerEntry& e) const {
    return record<record::v1::CallUpdate>(keys::call_update(call_number{e.call()}, e.update()));
  }

  /// Everything on one line, what is as usual left out: "logged; answers una@example.com".
  [[nodiscard]] std::string what_became() const {
    const auto e = entry();
    facts out{ingest::outcome_name(e.outcome(), e.reason())};
    if (e.update() != 0)
      add_update(e, out);
    else if (e.call() != 0)
      add_call(call_of(e), out);
    add_report(e, out);
    for (const auto& mail : all<record::v1::OutboxEntry>(keys::kind::outbox))
      if (mail.id() > 1) out.add(word_of(mail.kind()), mail.recipients(0).address());
    return out.line;
  }

  [[nodiscard]] std::string what_it_shows() const {
    const auto e = entry();
    if (e.update() == 0) return in_one(call_of(e));
    return in_one(update_of(e));
  }

  record::v1::MailKey key;

 private:
  struct facts {
    std::string line;
    void add(std::string_view what, std::string_view value = {}) {
      line.append("; ").append(what).append(value.empty() ? "" : " ").append(value);
    }
    void add_if(bool holds, std::string_view what) {
      if (holds) add(what);
    }
  };

  static void replace(std::string& in, std::string_view what, std::string_view by) {
    std::string out;
    std::size_t from = 0;
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, from)) {
      out.append(in, from, at - from).append(by);
      from = at + what.size();
    }
    in = out.append(in, from);
  }
  static std::string_view word_of(std::string_view kind) {
    return kind == "acknowledgement" ? "answers" : kind;
  }
  static std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \n");
    return first == std::string::npos
               ? ""
               : text.substr(first, text.find_last_not_of(" \n") + 1 - first);
  }
  template <class Record>
  static std::string in_one(const Record& r) {
    return r.subject() + " | " + trimmed(r.text());
  }

  template <class Record>
  static void add_contents(const Record& r, facts& out) {
    out.add_if(r.has_html(), "HTML");
    out.add_if(r.text_truncated(), "shortened");
    std::string files;
    for (const auto& a : r.attachments())
      files += (files.empty() ? "" : ", ") + a.name() + (a.withheld().empty() ? "" : " (withheld)");
    if (!files.empty()) out.add("files", files);
  }
  static void add_trust(record::v1::SenderTrust trust, facts& out) {
    if (trust != record::v1::UNCHECKED) out.add(record::v1::SenderTrust_Name(trust));
  }

  static void add_call(const record::v1::Call& call, facts& out) {
    if (call.decision().origin() != "person") out.add("by", call.decision().origin());
    add_trust(call.decision().trust(), out);
    out.add_if(call.unverified(), "unverified");
    out.add_if(call.signed_mail(), "signed");
    out.add_if(call.encrypted_mail(), "encrypted");
    add_contents(call, out);
    for (const auto& link : call.related()) out.add("related to", link.call());
  }

  void add_update(const record::v1::LedgerEntry& e, facts& out) const {
    const auto update = update_of(e);
    out.line += " " + render_call(partition_id{"IT"}, call_number{e.call()});
    if (update.kind() != record::v1::CallUpdate::REPLY)
      out.add(record::v1::CallUpdate::Kind_Name(update.kind()));
    add_trust(update.trust(), out);
    add_contents(update, out);
    for (const auto& change : update.changed()) out.add("changes", change);
  }

  /// What is noted at the recipient of the acknowledgement.
  void add_report(const record::v1::LedgerEntry& e, facts& out) const {
    if (e.outbox() == 0) return;
    const auto told = record<record::v1::OutboxRecipient>(keys::outbox_report(e.outbox(), 0));
    out.add(told.report(), told.report_status());
  }
};

/// One outcome, that of the table, and every byte kept.
inline void expect_as_in_table(outcome_test& t, const golden& row) {
  const auto raw = t.as_sent(row.mail);
  t.take_in(raw);
  if (testing::Test::HasFatalFailure()) return;
  EXPECT_EQ(t.what_became(), row.becomes) << t.entry().ShortDebugString();
  if (!row.shows.empty()) {
    EXPECT_EQ(t.what_it_shows(), row.shows);
  }
  EXPECT_EQ(t.ledger().size(), 2u);
  uint64_t counted = 0;
  const auto box = t.box("it-in");
  for (const auto& [outcome, count] : box.outcomes()) counted += count;
  EXPECT_EQ(counted, 2u) << "the numbers reconcile with the server";
  if (t.entry().mail() != 0) {
    EXPECT_TRUE(t.raw_of(t.entry().mail()) == raw) << "other bytes are kept";
  }
}

}  // namespace postroom::actors::test

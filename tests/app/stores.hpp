#pragma once

#include <gtest/gtest.h>

#include <string>

#include "app/admin_pages.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/engines.hpp"

namespace postroom::app {

/// One partition's store in memory, filled by hand.
class filled_unit {
 public:
  filled_unit(storage::engine& engine, const std::string& part) : part_(part) {
    auto opened = engine.open("partition-" + part);
    EXPECT_TRUE(opened);
    store_ = *opened;
    owner_ = *store_->claim();
  }

  void put(const std::string& key, const std::string& value) {
    storage::write_batch batch;
    batch.put(key, value);
    ASSERT_TRUE(store_->commit(owner_, std::move(batch)));
  }
  void erase(const std::string& key) {
    storage::write_batch batch;
    batch.erase(key);
    ASSERT_TRUE(store_->commit(owner_, std::move(batch)));
  }

  void call(uint64_t number, int64_t at, const std::string& subject = "s") {
    record::v1::Call c;
    c.set_number(number);
    c.set_partition(part_);
    c.set_created_at(at);
    c.set_subject(subject);
    c.set_text("the whole text");
    put(storage::keys::call(call_number{number}), c.SerializeAsString());
  }

  void outbox(uint64_t id, int64_t at, uint64_t call, record::v1::OutboxRecipient::State state) {
    record::v1::OutboxEntry e;
    e.set_id(id);
    e.set_call(call);
    e.set_created_at(at);
    e.set_kind("acknowledgement");
    e.set_text("body");
    e.set_html("<p>body</p>");
    e.set_settled(state != record::v1::OutboxRecipient::PENDING);
    auto* r = e.add_recipients();
    r->set_address("ann@example.org");
    r->set_state(state);
    r->set_last_reply("550 no such user");
    put(storage::keys::outbox(id), e.SerializeAsString());
    put(storage::keys::outbox_of_call(call_number{call}, id), "");
  }

  /// A mail that somebody has cancelled.
  void cancelled(uint64_t id, int64_t at, uint64_t call) {
    outbox(id, at, call, record::v1::OutboxRecipient::CANCELLED);
    record::v1::OutboxEntry e;
    ASSERT_TRUE(e.ParseFromString(**store_->get(storage::keys::outbox(id))));
    auto* action = e.add_actions();
    action->set_kind(record::v1::OutboxAction::CANCELLED);
    action->set_at(at);
    action->set_who("olga");
    action->set_reason("wrong \x1b address");
    *action->add_before() = e.recipients(0);
    put(storage::keys::outbox(id), e.SerializeAsString());
  }

  void discarded(uint64_t mail, int64_t at) {
    quarantine(mail, at);
    record::v1::QuarantineEntry e;
    ASSERT_TRUE(e.ParseFromString(**store_->get(storage::keys::quarantine(mail_id{mail}))));
    e.set_discarded_at(1'795'442'021'042);
    e.set_discarded_by("olga");
    e.set_discard_reason("an advertisement");
    put(storage::keys::quarantine(mail_id{mail}), e.SerializeAsString());
  }

  void quarantine(uint64_t mail, int64_t at, const std::string& detail = "d") {
    record::v1::QuarantineEntry e;
    e.set_mail(mail);
    e.set_at(at);
    e.set_reason("mail_unparsable");
    e.set_detail(detail);
    e.mutable_key()->set_mailbox("it-imap");
    put(storage::keys::quarantine(mail_id{mail}), e.SerializeAsString());
  }

  void ledger(const std::string& mailbox, uint64_t uid, record::v1::Outcome outcome,
              const std::string& reason = {}) {
    record::v1::LedgerEntry e;
    e.mutable_key()->set_mailbox(mailbox);
    e.mutable_key()->set_uid_validity(1);
    e.mutable_key()->set_uid(uid);
    e.set_outcome(outcome);
    e.set_reason(reason);
    put(storage::keys::ledger(e.key()), e.SerializeAsString());
  }

  void mail(uint64_t id, const std::vector<std::string>& chunks, uint64_t size) {
    record::v1::Mail m;
    m.set_id(id);
    m.set_size(size);
    m.set_chunks(static_cast<uint32_t>(chunks.size()));
    put(storage::keys::mail(mail_id{id}), m.SerializeAsString());
    for (uint32_t i = 0; i < chunks.size(); ++i) put(storage::keys::raw(mail_id{id}, i), chunks[i]);
  }

  void state(const record::v1::MailboxState& s) {
    put(storage::keys::mailbox(mailbox_id{s.mailbox()}), s.SerializeAsString());
  }

  [[nodiscard]] open_unit unit() const { return {partition_id{part_}, store_}; }

 private:
  std::string part_;
  std::shared_ptr<storage::unit_store> store_;
  epoch owner_;
};

/// IT and HR, open.
struct two_partitions {
  std::shared_ptr<storage::engine> engine = storage::make_memory_engine();
  filled_unit it{*engine, "IT"};
  filled_unit hr{*engine, "HR"};
  open_units units = [this] { return std::vector<open_unit>{hr.unit(), it.unit()}; };
};

}  // namespace postroom::app

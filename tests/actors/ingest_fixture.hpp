#pragma once

#include <utility>
#include <vector>

#include "actors/ingest_guards.hpp"
#include "base/digest.hpp"
#include "tests/actors/world.hpp"

namespace postroom::actors::test {

/// A mail as a poller hands it over.
inline mail_item call_item(uint64_t uid, const std::string& name,
                           const std::string& mailbox = "it-in") {
  mail_item item;
  item.key.set_mailbox(mailbox);
  item.key.set_uid_validity(7);
  item.key.set_uid(uid);
  item.listed.uid = uid;
  item.raw = std::make_shared<const std::string>(raw_mail(name));
  item.listed.size = item.raw->size();
  item.parsed = std::make_shared<const mail::parsed_mail>(*mail::parse(*item.raw));
  item.content_hash = item.parsed->content_hash;
  item.seen_at = noon;
  return item;
}

/// A mail with further header fields, as a poller hands it over.
inline mail_item item_of(uint64_t uid, const std::string& id, const std::string& from,
                         const std::string& fields, const std::string& text = "More of it.\r\n") {
  auto item = call_item(uid, "unused");
  item.raw =
      std::make_shared<const std::string>("From: " + from + "\r\nTo: it@example.org\r\n" + fields +
                                          "Message-ID: <" + id + ">\r\n\r\n" + text);
  item.parsed = std::make_shared<const mail::parsed_mail>(*mail::parse(*item.raw));
  item.content_hash = item.parsed->content_hash;
  item.listed.size = item.raw->size();
  return item;
}

inline mail_item suppressed_item(uint64_t uid, const std::string& reason) {
  mail_item item;
  item.what = mail_item::kind::suppress;
  item.reason = reason;
  item.key.set_mailbox("it-in");
  item.key.set_uid_validity(7);
  item.key.set_uid(uid);
  item.listed.uid = uid;
  return item;
}

inline mail_item quarantined_item(uint64_t uid, const std::string& bytes) {
  auto item = suppressed_item(uid, "mail_unparsable");
  item.what = mail_item::kind::quarantine;
  item.raw = std::make_shared<const std::string>(bytes);
  item.content_hash = sha256{}.update(bytes).finish();
  return item;
}

inline std::shared_ptr<mail_batch> batch_of(std::vector<mail_item> items,
                                            const std::string& mailbox = "it-in") {
  auto b = std::make_shared<mail_batch>();
  b->mailbox = mailbox_id{mailbox};
  b->model = model_of(partitions::test::valid_partition());
  b->cursor.set_mailbox(mailbox);
  b->cursor.set_uid_validity(7);
  if (!items.empty()) b->cursor.set_last_uid(items.back().listed.uid);
  b->items = std::move(items);
  return b;
}

/// The call factory's work without the actor: a directory that knows nobody, one round at a time.
struct ingest_test : testing::Test, world {
  ingest_test() {
    restart();
    disk->committed = 0;
  }
  /// Looks up, resolves, decides, commits, and remembers the numbers as the factory does.
  result<ingest::round_result> take(ingest::batches taken) {
    const auto model = model_of(config);
    auto found = ingest::look_up(*unit, taken, boxes, *model, *reply_keys);
    if (!found) return found.error();
    ingest::round r;
    r.context = context;
    r.model = model;
    r.taken = std::move(taken);
    r.found = std::move(*found);
    r.people = resolve(r);
    r.numbers = numbers;
    r.keys = reply_keys;
    limits->use(config.answer_limits());
    r.limits = limits;
    for (const auto& s : ingest::command_senders(r))
      r.command_users.emplace(partitions::fold_address(s.address),
                              partitions::resolve_sender(s, {}, r.model->id(), now));
    auto done = ingest::decide_and_commit(*unit, owner, r);
    if (done) {
      limits->commit(now);
      numbers = done->numbers;
      boxes = done->boxes;
    }
    return done;
  }
  result<ingest::round_result> take(std::vector<mail_item> items) {
    return take({batch_of(std::move(items))});
  }
  people_resolved resolve(const ingest::round& r) {
    auto senders = std::make_shared<std::vector<partitions::sender_resolution>>();
    for (std::size_t b = 0; b < r.taken.size(); ++b)
      for (std::size_t i = 0; i < r.taken[b]->items.size(); ++i) {
        const auto& item = r.taken[b]->items[i];
        if (!ingest::needs_sender(item, r.found.mails[b][i])) continue;
        auto who = partitions::resolve_sender(
            {item.parsed->from.addr, item.parsed->from.name, ingest::render_key(item.key)},
            known_people, r.model->id(), now);
        if (who.person.id() == 0) who.person.set_id(id_of(item.parsed->from.addr));
        senders->push_back(who);
      }
    record::v1::Person ana;
    ana.set_id(2);
    ana.set_name("Ana Lyst");
    auto analysts = std::make_shared<std::map<std::string, record::v1::Person>>();
    analysts->emplace("ana@example.org", ana);
    return {senders, analysts};
  }
  /// Of somebody who is new; the same one for the same address. 2 is Ana's.
  uint64_t id_of(const std::string& address) {
    const auto next = new_people.empty() ? 1 : new_people.size() + 2;
    return new_people.emplace(partitions::fold_address(address), next).first->second;
  }
  /// A mail over the limit that a poller has just staged under an id of its own.
  mail_item staged_item(uint64_t uid) {
    EXPECT_TRUE(ingest::reserve(*unit, owner, numbers));
    auto item = suppressed_item(uid, "mail_too_large");
    item.what = mail_item::kind::quarantine;
    item.staged = mail_id{numbers.next_mail++};
    item.staged_size = 17;
    item.staged_chunks = 1;
    item.content_hash = std::string(32, 'h');
    storage::write_batch piece;
    piece.put(keys::staging(item.staged), "");
    piece.put(keys::raw(item.staged, 0), "a very large mail");
    EXPECT_TRUE(unit->stage(owner, std::move(piece)));
    return item;
  }
  /// As after a restart of the factory.
  void restart() {
    boxes.clear();
    auto loaded = ingest::load(*unit, owner, context->random);
    ASSERT_TRUE(loaded) << loaded.error().text();
    numbers = loaded->numbers;
    reply_keys = loaded->keys;
  }
  std::string raw_of(uint64_t id) const {
    std::string out;
    auto range = keys::raw_of(mail_id{id});
    EXPECT_TRUE(unit->scan(
        range, [&](std::string_view, std::string_view value) { return out += value, true; },
        false));
    return out;
  }
  /// Everything in the unit, for comparing. Mailbox states as text: a map has no order on the wire.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> out;
    EXPECT_TRUE(unit->scan(
        {}, [&](std::string_view k, std::string_view v) { return out.emplace(k, v), true; },
        false));
    auto states = keys::all_of(keys::kind::mailbox);
    for (auto it = out.lower_bound(states.first); it != out.lower_bound(states.last); ++it) {
      record::v1::MailboxState state;
      EXPECT_TRUE(state.ParseFromString(it->second));
      it->second = state.DebugString();
    }
    return out;
  }

  config::v1::Partition config = partitions::test::valid_partition();
  ingest::counters numbers;
  ingest::keys_ptr reply_keys;
  std::shared_ptr<ingest::guards> limits = std::make_shared<ingest::guards>(config.answer_limits());
  std::vector<record::v1::Person> known_people;  ///< who has the senders' address
  std::map<std::string, record::v1::MailboxState> boxes;
  std::map<std::string, uint64_t> new_people;  ///< by folded address
};

}  // namespace postroom::actors::test

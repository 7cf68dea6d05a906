#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "mail/reply_tag.hpp"
#include "partitions/follow_up.hpp"
#include "storage/store.hpp"

/// Calls and mails of a partition as the mails of a round see them. Blocking; no CAF in here.
namespace postroom::actors {

/// Reads calls and Message-IDs: what earlier mails of the same round made of them, else what is on
/// disk. One thread at a time.
class call_book {
 public:
  explicit call_book(const storage::unit_store& store) : store_(store) {}

  /// Null: there is no such call. Stays valid, and what it says, until `next_mail`. Errors:
  /// corrupt_record, store errors.
  result<const record::v1::Call*> call(call_number n);
  /// What a Message-ID (without <>) belongs to.
  result<std::optional<record::v1::MessageRef>> message(const std::string& id);
  /// A mail of ours.
  result<std::optional<record::v1::OutboxEntry>> outgoing(uint64_t id) const;
  /// The mails of ours about a call, of the newest 50, newest first; not those of this round.
  result<std::vector<record::v1::OutboxEntry>> sent_about(call_number n) const;

  /// The newest open calls of a person, as User or Logging Analyst, newest first, at most `most`;
  /// reads no more than these.
  result<std::vector<record::v1::Call>> open_calls_of(person_id person, std::size_t most);

  /// A mail is done with: whatever was only read is forgotten, so that mails which name very many
  /// calls cost no memory.
  void next_mail();
  /// The calls that the round has made or changed, as they are now.
  [[nodiscard]] const std::map<uint64_t, std::shared_ptr<const record::v1::Call>>& changed() const {
    return changed_;
  }

  /// What the round makes of them; for the mails that follow.
  void put(record::v1::Call call);
  void put_message(const std::string& id, const record::v1::MessageRef& ref);

 private:
  const storage::unit_store& store_;
  using call_ptr = std::shared_ptr<const record::v1::Call>;
  std::map<uint64_t, call_ptr> changed_;
  std::map<uint64_t, call_ptr> read_;                       // for this mail
  std::vector<call_ptr> earlier_;                           // what `changed_` held before this mail
  std::map<std::string, record::v1::MessageRef> messages_;  // by key, of this round
};

/// The calls that a mail names, the strongest evidence first: references of ours, mails it answers,
/// its subject. Of very many the first ten; of mails that answer nothing the store is not asked.
/// A name of no partition of the node is no call's.
result<std::vector<partitions::call_claim>> claims_of(call_book& book,
                                                      const partitions::partition_model& model,
                                                      const mail::reply_tags& tags,
                                                      const mail::parsed_mail& mail);

/// To whom the mail was sent that this one answers; blank: that is no mail of ours. None: it
/// answers nothing.
result<std::optional<std::string>> answered_recipient(call_book& book,
                                                      const mail::parsed_mail& mail);

/// The mail of ours that a report or an automatic answer is about: it names our Message-ID, which
/// only those know who got it.
result<std::optional<record::v1::OutboxEntry>> reported_mail(call_book& book,
                                                             const mail::parsed_mail& mail);

}  // namespace postroom::actors

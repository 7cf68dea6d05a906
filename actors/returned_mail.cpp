#include "actors/returned_mail.hpp"

#include <algorithm>

#include "mail/header_out.hpp"
#include "mail/header_values.hpp"
#include "mail/reply_tag.hpp"
#include "mail/values.hpp"
#include "partitions/follow_up.hpp"
#include "partitions/outgoing.hpp"
#include "partitions/text.hpp"

namespace postroom::actors {

namespace {

using record::v1::OutboxEntry;
using maybe_entry = result<std::optional<OutboxEntry>>;

constexpr std::size_t max_addresses = 20;  // of the header and of the report
constexpr std::size_t max_ids = 20;        // of References

class finder {
 public:
  finder(call_book& book, const partitions::partition_model& model,
         const ingest::partition_keys& own, const mail::report& about, mail::parsed_mail returned)
      : book_(book),
        model_(model),
        own_(own),
        header_(mail::header_of(about.original_headers)),
        returned_(std::move(returned)) {
    for (const auto& to : returned_.to) add_recipient(to.addr);
    for (const auto& told : about.recipients) add_recipient(told.address);
  }

  maybe_entry run() {
    auto found = by_own_id();
    if (found && !*found) found = by_reference();
    if (found && !*found) found = by_mark();
    return found;
  }

 private:
  void add_recipient(const std::string& address) {
    if (!address.empty() && recipients_.size() < max_addresses)
      recipients_.push_back(partitions::fold_address(address));
  }

  maybe_entry by_own_id() {
    const auto values = mail::field_values(header_, mail::own_id_field);
    if (values.empty()) return std::optional<OutboxEntry>{};
    for (const auto& id : mail::read_ids(values.front(), 1)) {
      auto ref = book_.message(id);
      if (!ref) return ref.error();
      if (*ref && (*ref)->outbox() != 0) return book_.outgoing((*ref)->outbox());
    }
    return std::optional<OutboxEntry>{};
  }

  /// A reference is good for one call and one recipient.
  maybe_entry by_reference() {
    auto ids = returned_.references;
    ids.resize(std::min(ids.size(), max_ids));
    for (const auto& id : {returned_.reply_to.addr, returned_.message_id, returned_.in_reply_to})
      ids.push_back(id);
    for (const auto& id : ids) {
      const auto reference = mail::find_reference(id);
      if (!reference || reference->call.part != model_.id()) continue;
      for (const auto& to : recipients_)
        if (own_.tags.check(*reference, to)) return sent_to({to}, reference->call.number, false);
    }
    return std::optional<OutboxEntry>{};
  }

  /// Everybody whom we wrote to knows the mark: it proves no more than a mail to the call's user,
  /// whose subject is known to those who got that.
  maybe_entry by_mark() {
    std::optional<OutboxEntry> none;
    if (!partitions::is_own_mail(own_.loop_mark, returned_)) return none;
    auto number = named_call();
    if (!number) return number.error();
    if (number->value == 0) return none;
    auto call = book_.call(*number);
    if (!call) return call.error();
    const auto user =
        *call == nullptr ? std::string{} : partitions::fold_address((*call)->user().address());
    if (std::ranges::find(recipients_, user) == recipients_.end()) return none;
    return sent_to({user}, *number, true);
  }

  /// The call of a mail that the returned one answers, else the one that its subject names; 0:
  /// none.
  result<call_number> named_call() {
    auto ids = returned_.references;
    ids.push_back(returned_.in_reply_to);
    for (std::size_t i = 0; i < std::min(ids.size(), max_ids); ++i) {
      auto ref = book_.message(ids[ids.size() - 1 - i]);
      if (!ref) return ref.error();
      if (*ref && (*ref)->call() != 0) return call_number{(*ref)->call()};
    }
    for (const auto& named :
         partitions::calls_in_subject(model_.config().follow_ups(), model_.id(), returned_.subject))
      if (named.part == model_.id()) return named.number;
    return call_number{0};
  }

  /// Of the mails about the call to one of these the one that is most like the returned one, the
  /// newest of equals.
  maybe_entry sent_to(const std::vector<std::string>& folded, call_number number,
                      bool same_subject_only) {
    auto sent = book_.sent_about(number);
    if (!sent) return sent.error();
    std::optional<OutboxEntry> best;
    int best_rank = -1;
    for (auto& entry : *sent) {
      const bool same = partitions::text::one_line(entry.subject()) == returned_.subject;
      if (!goes_to(entry, folded) || (same_subject_only && !same)) continue;
      const int rank = 2 * is_of_same_time(entry) + same;
      if (rank > best_rank) best = std::move(entry), best_rank = rank;
    }
    return best;
  }

  static bool goes_to(const OutboxEntry& entry, const std::vector<std::string>& folded) {
    return std::ranges::any_of(entry.recipients(), [&](const auto& to) {
      return std::ranges::find(folded, partitions::fold_address(to.address())) != folded.end();
    });
  }

  /// Date has whole seconds.
  [[nodiscard]] bool is_of_same_time(const OutboxEntry& entry) const {
    return returned_.date && to_millis(*returned_.date) / 1000 == entry.created_at() / 1000;
  }

  call_book& book_;
  const partitions::partition_model& model_;
  const ingest::partition_keys& own_;
  std::string header_;
  mail::parsed_mail returned_;
  std::vector<std::string> recipients_;  // folded
};

}  // namespace

result<std::optional<record::v1::OutboxEntry>> returned_mail(
    call_book& book, const partitions::partition_model& model, const ingest::partition_keys& own,
    const mail::parsed_mail& report) {
  if (!report.about || report.about->original_headers.empty()) return std::optional<OutboxEntry>{};
  auto returned = mail::parse(report.about->original_headers);
  if (!returned) return std::optional<OutboxEntry>{};  // it is no header
  return finder{book, model, own, *report.about, std::move(*returned)}.run();
}

}  // namespace postroom::actors

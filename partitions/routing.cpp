#include "partitions/routing.hpp"

#include <algorithm>
#include <optional>

#include "mail/header_values.hpp"
#include "partitions/attachment_policy.hpp"
#include "partitions/mail_facts.hpp"
#include "partitions/spam_score.hpp"

namespace postroom::partitions {

namespace {

class router {
 public:
  explicit router(const route_input& in) : in_(in), config_(in.model.config()) {
    for (const auto& tag : in.tags) add_tag(tag);
  }

  handling run() {
    read_sender();
    read_score();
    if (refuses_sender() || refuses_spam() || refuses_attachments()) return std::move(out_);
    const auto& rules = in_.model.routing().rules;
    mail_facts facts(in_, score_, out_.tags, rules.headers());
    rules.run(facts, in_.is_notice, out_);
    if (in_.is_accepted && out_.what != handling::kind::call) accept(out_.reason, out_.detail);
    return std::move(out_);
  }

 private:
  /// Anybody can write an allowed address into From: it counts unless it was found to be forged.
  void read_sender() {
    author_ = fold_address(in_.mail.from.addr);
    is_listed_ = in_.model.routing().allow.has(author_);
    is_allowed_ = is_listed_ && in_.trust.kind != mail::trust::unaligned;
  }

  bool refuses_sender() {
    const auto& lists = config_.senders();
    const auto kind =
        lists.denied() == "suppress" ? handling::kind::suppress : handling::kind::quarantine;
    // Who brings a report back is a server, of whomever the mail went to.
    if (is_allowed_ || in_.mail.about) return false;
    if (in_.model.routing().deny.has(author_))
      return end(kind, "sender_denied", "the sender is on the partition's list `senders.deny`");
    if (!lists.only_allowed() || in_.is_notice) return false;
    return end(kind, "sender_not_allowed",
               is_listed_ ? "the sender is on the list `senders.allow`, but From is forged"
                          : "the sender is not on the partition's list `senders.allow`");
  }

  void read_score() {
    const auto& s = config_.scanning();
    if (s.spam_header().empty()) return;
    score_ = s.spam_header_anywhere() ? highest_score() : trusted_score();
    if (!score_ && !in_.is_notice) note_no_score();
  }

  bool refuses_spam() {
    const auto& s = config_.scanning();
    const auto above = read_decimal(s.spam_above());
    if (in_.is_notice || !score_ || !above || *score_ < *above) return false;
    const auto why = s.spam_header() + " has a score of at least " + s.spam_above();
    if (is_allowed_) {
      out_.notes.push_back(why + ", which does not count, as the sender is allowed.");
      return false;
    }
    if (s.spam() != "tag") return end(handling::kind::quarantine, "spam", why);
    add_tag("spam");
    out_.notes.push_back("The mail looks like spam: " + why + ".");
    return false;
  }

  std::optional<double> trusted_score() const {
    const auto& field = config_.scanning().spam_header();
    const auto value = mail::trusted_field(in_.header, field, in_.believed);
    return value ? read_spam_score(*value) : std::nullopt;
  }

  /// Where the filter should have removed it, a sender may have added a low one.
  std::optional<double> highest_score() const {
    std::optional<double> out;
    for (const auto& value : mail::field_values(in_.header, config_.scanning().spam_header()))
      if (const auto score = read_spam_score(value); score && (!out || *score > *out)) out = score;
    return out;
  }

  void note_no_score() {
    const auto& s = config_.scanning();
    const auto found = mail::field_values(in_.header, s.spam_header());
    if (found.empty())
      out_.notes.push_back("No spam score is known: the mail has no field " + s.spam_header() +
                           ".");
    else if (s.spam_header_anywhere() || !highest_score())
      out_.notes.push_back("No spam score is known: there is none in " + s.spam_header() + ".");
    else
      out_.notes.push_back("No spam score is known: " + s.spam_header() +
                           " does not stand where only our side can write. If the filter removes "
                           "it from mails of others, set `scanning.spam_header_anywhere`.");
  }

  /// A notice is kept for what it says; what any sender can make look like one brings no file in.
  bool refuses_attachments() {
    auto policy = config_.attachments();
    if (in_.is_notice && policy.action() == "quarantine") policy.set_action("strip");
    auto verdict = judge_attachments(policy, in_.mail);
    if (verdict.refused &&
        end(handling::kind::quarantine, "attachment_refused", verdict.notes.front()))
      return true;
    out_.withheld = std::move(verdict.withheld);
    out_.withheld_elsewhere = verdict.withheld_elsewhere;
    std::ranges::move(verdict.notes, std::back_inserter(out_.notes));
    return false;
  }

  /// False: the mail goes on all the same.
  bool end(handling::kind what, const char* reason, std::string detail) {
    if (in_.is_accepted) {
      accept(reason, detail);
      return false;
    }
    out_.what = what;
    out_.reason = reason;
    out_.detail = std::move(detail);
    return true;
  }

  void accept(const std::string& reason, const std::string& detail) {
    out_.notes.push_back("A person accepted the mail in spite of " + reason + ": " + detail +
                         (detail.ends_with('.') ? "" : "."));
    out_.what = handling::kind::call;
    out_.reason.clear();
    out_.detail.clear();
  }

  void add_tag(const std::string& tag) {
    if (std::ranges::find(out_.tags, tag) == out_.tags.end()) out_.tags.push_back(tag);
  }

  const route_input& in_;
  const config::v1::Partition& config_;
  std::string author_;
  bool is_listed_ = false, is_allowed_ = false;
  std::optional<double> score_;
  handling out_;
};

}  // namespace

handling route(const route_input& in) {
  return router(in).run();
}

void add_hits(std::map<std::string, record::v1::RuleHits>& totals, const handling& handled,
              time_point at) {
  for (const auto& name : handled.rules) {
    auto& hits = totals[name];
    hits.set_rule(name);
    // Of earlier hits nobody kept when the first was.
    const auto first = hits.hits() == 0 ? to_millis(at) : std::min(hits.first_at(), to_millis(at));
    hits.set_first_at(first);
    hits.set_hits(hits.hits() + 1);
    hits.set_last_at(std::max(hits.last_at(), to_millis(at)));
  }
}

}  // namespace postroom::partitions

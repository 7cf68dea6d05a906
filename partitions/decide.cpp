#include "partitions/decide.hpp"

#include "partitions/contents.hpp"
#include "partitions/follow_up.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using config::v1::CallTemplate;
using record::v1::Call;
using record::v1::DecisionRecord;

/// A subject of one header line (RFC 5322, 2.1.1); a longer one is nobody's subject but a burden on
/// every list.
constexpr std::size_t max_subject_bytes = 998;

std::string in_quotes(std::string_view s) {
  return "\"" + std::string(s) + "\"";
}

class decider {
 public:
  explicit decider(const call_input& in)
      : in_(in), routed_(in.handled ? *in.handled : handling{}) {}

  Call run() {
    set_origin();
    set_routing();
    set_template();
    set_contents_of_mail();
    set_trust();
    set_sender();
    set_logging_analyst();
    set_relations();
    return std::move(call_);
  }

 private:
  DecisionRecord& why() { return *call_.mutable_decision(); }
  void note(std::string sentence) { why().add_notes(std::move(sentence)); }

  void set_origin() {
    call_.set_number(in_.number.value);
    call_.set_partition(in_.model.id().value);
    call_.set_created_at(to_millis(in_.now));
    call_.set_mail(in_.raw.value);
    *call_.mutable_key() = in_.key;
    why().set_server(in_.server.name());
    why().set_settings_version(in_.model.version());
    note("The mail came in through the server " + in_quotes(in_.server.name()) + ".");
  }

  void set_template() {
    const auto name =
        chosen(routed_.call_template, "call template", in_.server.call_template(), "server's");
    why().set_template_(in_.server.call_template());
    call_.set_template_(name);
    const auto* found = in_.model.call_template(name);
    if (found == nullptr) {
      note("The server's call template " + in_quotes(name) + " does not exist in the partition.");
      return;
    }
    const CallTemplate& t = *found;
    if (name == in_.server.call_template())
      note("The server's call template is " + in_quotes(name) + ".");
    call_.set_status(t.status());
    call_.set_stream(t.stream());
    call_.set_office(t.office());
    call_.set_group(chosen(routed_.group, "group", t.group()));
    set_screen_set(t);
    set_priority(t);
  }

  /// What a routing rule says instead of what the template or the server says.
  std::string chosen(const handling::choice& routed, const std::string& what,
                     const std::string& otherwise, const std::string& whose = "template's") {
    if (routed.value.empty()) return otherwise;
    note("The routing rule " + in_quotes(routed.rule) + " gives the " + what + " " +
         in_quotes(routed.value) + " instead of the " + whose + ".");
    return routed.value;
  }

  void set_routing() {
    for (const auto& name : routed_.rules) why().add_rules(name);
    for (const auto& sentence : routed_.notes) note(sentence);
    for (const auto& tag : routed_.tags) call_.add_tags(tag);
  }

  void set_screen_set(const CallTemplate& t) {
    call_.set_screen_set(std::string(in_.model.screen_set(t)));
    const auto& set = call_.screen_set();
    if (!t.screen_set().empty()) {
      note("The template names the call screen set " + in_quotes(set) + ".");
    } else if (!set.empty()) {
      note("Status " + in_quotes(t.status()) + " and stream " + in_quotes(t.stream()) +
           " lead to the call screen set " + in_quotes(set) + ".");
    } else {
      note("Status " + in_quotes(t.status()) + " and stream " + in_quotes(t.stream()) +
           " lead to no call screen set.");
    }
  }

  void set_priority(const CallTemplate& t) {
    const auto impact = chosen(routed_.impact, "impact", t.impact());
    const auto urgency = chosen(routed_.urgency, "urgency", t.urgency());
    call_.set_impact(impact);
    call_.set_urgency(urgency);
    call_.set_priority(std::string(in_.model.priority(impact, urgency)));
    why().set_impact(impact);
    why().set_urgency(urgency);
    why().set_priority(call_.priority());
    note("Impact " + in_quotes(impact) + " and urgency " + in_quotes(urgency) +
         " meet in the matrix at priority " + in_quotes(call_.priority()) + ".");
  }

  void set_contents_of_mail() {
    const auto* t = in_.model.call_template(call_.template_());
    set_contents(call_, in_.mail);
    withhold(*call_.mutable_attachments(), routed_.withheld);
    set_subject(t);
    note_text(t);
    if (in_.mail.is_encrypted) note("All or a part of the mail is encrypted: it is kept raw.");
    add_participants(call_, in_.mail, in_.model);
  }

  void set_subject(const CallTemplate* t) {
    const std::string subject = text::one_line(in_.mail.subject);
    call_.set_subject(text::shorten(subject, max_subject_bytes));
    if (subject.size() > max_subject_bytes) note("The subject was shortened.");
    if (!subject.empty()) return;
    const bool given = t != nullptr && !t->default_subject().empty();
    call_.set_subject(given ? t->default_subject() : "(no subject)");
    note(given ? "The mail has no subject: the template's default subject was used."
               : "The mail has no subject.");
  }

  void note_text(const CallTemplate* t) {
    if (in_.mail.text_truncated) note("The text was shortened; the stored mail holds all of it.");
    if (in_.mail.text_is_attached)
      note("The mail has no text of its own: it is that of the attached mail.");
    if (!text::trim(in_.mail.text).empty()) return;
    const bool given = t != nullptr && !t->default_text().empty();
    call_.set_text(given ? t->default_text() : "");
    note(given ? "The mail has no readable text: the template's default text was used."
               : "The mail has no readable text.");
  }

  void set_trust() {
    why().set_trust(to_record(in_.trust.kind));
    why().set_trust_evidence(in_.trust.evidence);
    why().set_origin(to_word(in_.mail.author.kind));
    why().set_origin_evidence(in_.mail.author.evidence);
    call_.set_unverified(is_unverified());
    if (is_unverified())
      note("The sender's address is not proved: " + in_.trust.evidence +
           ". The mail counts as a User's, and is not answered.");
    if (in_.mail.author.kind != mail::origin::person)
      note("No person wrote the mail: " + in_.mail.author.evidence + ". It is not answered.");
  }

  void set_relations() {
    for (const auto& link : in_.related) {
      *call_.add_related() = link;
      note("It may belong to call " + link.call() + ": " + link.why() + ".");
    }
  }

  /// Of a call that an analyst had logged for somebody the sender is the analyst.
  std::string whose() const { return in_.commanded ? "User" : "sender"; }

  bool is_unverified() const { return in_.trust.kind == mail::trust::unaligned; }

  void set_sender() {
    const auto& p = in_.who.person;
    auto& user = *call_.mutable_user();
    user.set_person(p.id());
    user.set_name(p.name());
    const bool written = !in_.mail.from.addr.empty();
    user.set_address(written ? in_.mail.from.addr : p.addresses_size() > 0 ? p.addresses(0) : "");
    why().set_people_case(in_.who.people_case);
    why().set_person_created(in_.who.people_case == record::v1::UNKNOWN_SENDER);
    why().set_user_flag_switched_on(in_.who.switch_user_flag_on);
    note(sentence_about_sender());
    if (in_.mail.from_envelope)
      note("Neither From nor Sender holds an address: it is that of the Return-Path.");
    if (in_.who.switch_user_flag_on) note("The " + whose() + "'s User flag was switched on.");
    note_choice();
  }

  std::string sentence_about_sender() const {
    const auto name = in_quotes(in_.who.person.name());
    const auto is = "The " + whose() + " is " + name;
    switch (in_.who.people_case) {
      case record::v1::USER_ONLY:
        return is + ", a User.";
      case record::v1::ANALYST_ONLY:
        return is + ", until now an Analyst only.";
      case record::v1::ANALYST_AND_USER:
        return is + ", an Analyst and a User.";
      default:
        return "Nobody had the " + whose() + "'s address: " + name +
               " was created as a User of partition " + in_.who.person.partition() + ".";
    }
  }

  void note_choice() {
    for (const auto id : in_.who.others) why().add_other_candidates(id);
    if (!in_.who.others.empty()) {
      note(std::to_string(in_.who.others.size() + 1) + " people have the " + whose() +
           "'s address; chosen by: this partition first, active first, "
           "oldest first.");
    }
    const auto& p = in_.who.person;
    if (!p.active()) note("The " + whose() + " is not active.");
    if (p.partition() != in_.model.id().value) {
      note("The " + whose() + " belongs to partition " + p.partition() + ".");
    }
  }

  void set_logging_analyst() {
    // A forged address must not act as an Analyst.
    const bool linked = in_.server.use_linked_analyst() && !is_unverified();
    const auto& chosen = logging_analyst(in_.who, linked, in_.default_analyst);
    auto& ref = *call_.mutable_logging_analyst();
    why().set_use_linked_analyst(linked);
    if (in_.commanded) {
      set_ref(ref, chosen);
      return note("The Logging Analyst is " + in_quotes(chosen.name()) + ", who gave the command.");
    }
    if (&chosen == &in_.who.person) {
      ref = call_.user();
      note(
          in_.default_analyst == nullptr && !(linked && is_analyst())
              ? "The Logging Analyst is the sender, as the server names no Default Logging Analyst."
              : "The Logging Analyst is the sender, as Use Linked Analyst is on.");
      return;
    }
    set_ref(ref, chosen);
    note("The Logging Analyst is the server's Default Logging Analyst, " +
         in_quotes(chosen.name()) +
         (!is_analyst() ? ", as the sender is no Analyst." : ", as Use Linked Analyst is off."));
  }

  static void set_ref(record::v1::PersonRef& ref, const record::v1::Person& person) {
    ref.set_person(person.id());
    ref.set_name(person.name());
    if (person.addresses_size() > 0) ref.set_address(person.addresses(0));
  }

  bool is_analyst() const {
    return in_.who.people_case == record::v1::ANALYST_ONLY ||
           in_.who.people_case == record::v1::ANALYST_AND_USER;
  }

  const call_input& in_;
  handling routed_;
  Call call_;
};

}  // namespace

Call decide_call(const call_input& in) {
  return decider(in).run();
}

}  // namespace postroom::partitions

#include "partitions/notify.hpp"

#include <algorithm>
#include <set>

#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using record::v1::CallUpdate;
using record::v1::OutboxEntry;
using record::v1::Person;

constexpr std::size_t max_references = 20;

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

/// Whether a mail that we send on our own may go to an address.
mail::answer_permission may_write_to(const partition_model& model, std::string_view address) {
  const std::string folded = fold_address(address);
  if (domain_of(folded).empty() || folded.front() == '@' || text::has_control_characters(folded))
    return {false, "it has no address that mail could reach"};
  if (mail::takes_no_answers(folded)) return {false, "nobody reads what is sent to its address"};
  if (model.is_own(folded)) return {false, "its address is one of our own"};
  return {};
}

/// RFC 5322, 3.6.4; the first names the thread, the last are its newest, so the middle may go.
std::vector<std::string> references_for(const mail::parsed_mail& mail) {
  std::vector<std::string> refs = mail.references;
  if (refs.empty() && !mail.in_reply_to.empty()) refs.push_back(mail.in_reply_to);
  const bool there = !refs.empty() && refs.back() == mail.message_id;
  if (!mail.message_id.empty() && !there) refs.push_back(mail.message_id);
  if (refs.size() > max_references) {
    const auto surplus = static_cast<std::ptrdiff_t>(refs.size() - max_references);
    refs.erase(refs.begin() + 1, refs.begin() + 1 + surplus);
  }
  return refs;
}

text_format format_for(const config::v1::General& general, const Person& reader) {
  const bool own = general.message_format_per_person() && !reader.format().empty();
  const auto& format = own ? reader.format() : general.default_format();
  return format == "PLAIN" ? text_format::plain : text_format::html;
}

/// A program that answers or reports would do so to a notification as well.
bool is_no_news(const notice& n) {
  if (n.update != nullptr) {
    const auto kind = n.update->kind();
    if (kind == CallUpdate::REPORT || kind == CallUpdate::AUTO_REPLY || kind == CallUpdate::FLOOD)
      return true;
  }
  if (n.mail == nullptr) return false;
  const auto& author = n.mail->author;
  return author.is_ours || author.kind == mail::origin::auto_reply ||
         author.kind == mail::origin::out_of_office || author.kind == mail::origin::report;
}

class notifier {
 public:
  explicit notifier(const notice& n) : n_(n) {}

  std::vector<OutboxEntry> run() {
    tell_user();
    if (n_.analyst != nullptr && n_.analyst->active() && !is_author(*n_.analyst))
      tell(audience::analyst, first_address(*n_.analyst), *n_.analyst);
    tell(audience::group, group_address(), {});
    return std::move(out_);
  }

 private:
  static std::string first_address(const Person& p) {
    return p.addresses_size() > 0 ? p.addresses(0) : std::string{};
  }

  /// Blank: nobody is known to have done it.
  [[nodiscard]] std::string author_address() const {
    if (n_.mail != nullptr) return fold_address(n_.mail->from.addr);
    return n_.update != nullptr ? fold_address(n_.update->by().address()) : std::string{};
  }

  [[nodiscard]] bool is_author(const Person& p) const {
    const auto person = n_.update != nullptr ? n_.update->by().person() : 0;
    if (person != 0 && person == p.id()) return true;
    return std::ranges::any_of(p.addresses(), [&](const auto& a) { return wrote_from(a); });
  }

  [[nodiscard]] bool wrote_from(const std::string& address) const {
    const auto author = author_address();
    return !author.empty() && fold_address(address) == author;
  }

  [[nodiscard]] std::string group_address() const {
    for (const auto& g : n_.model.config().group_addresses())
      if (!n_.call.group().empty() && g.group() == n_.call.group() && !wrote_from(g.address()))
        return g.address();
    return {};
  }

  void tell_user() {
    const auto& known = n_.call.user().address();
    const auto address = known.empty() ? first_address(n_.user) : known;
    if (!is_author(n_.user) && !wrote_from(address)) {
      // What no person wrote is not passed on to a user: it might be answered without end.
      if (n_.mail == nullptr || n_.mail->author.kind == mail::origin::person)
        tell(audience::user, address, n_.user);
    } else if (n_.mail != nullptr && n_.trust != mail::trust::unaligned &&
               may_answer(n_.model, *n_.mail).allowed) {
      tell(audience::user, n_.mail->from.addr, n_.user);
    }
  }

  void tell(audience to, std::string_view written, const Person& reader) {
    const auto* text = find_text(n_.model.config().texts(), n_.what, to, reader.language());
    if (text == nullptr || text->text().empty()) return;
    const std::string address(text::trim(written));
    if (!may_write_to(n_.model, address).allowed) return;
    if (!told_.insert(fold_address(address)).second) return;
    OutboxEntry entry;
    entry.set_call(n_.call.number());
    const bool acknowledges = n_.what == call_event::logged && to == audience::user;
    entry.set_kind(acknowledges ? "acknowledgement" : "notification");
    entry.add_recipients()->set_address(address);
    set_ids(entry, to, address);
    set_thread(entry, address);
    set_texts(entry, *text, reader);
    entry.set_loop_mark(n_.loop_mark);
    entry.set_created_at(to_millis(n_.now));
    entry.set_next_attempt_at(to_millis(n_.now));
    out_.push_back(std::move(entry));
  }

  void set_ids(OutboxEntry& entry, audience to, const std::string& address) const {
    constexpr std::string_view suffixes[] = {"", "-a", "-g"};
    const mail::call_name name{n_.model.id(), call_number{n_.call.number()}};
    const auto& server = *n_.model.outgoing();
    auto reference = render_call(name.part, name.number);
    if (n_.tags != nullptr) {
      const auto signed_one = n_.tags->sign(name, address);
      reference = mail::render_reference(signed_one);
      const auto& answers_to = server.reply_to().empty() ? server.from() : server.reply_to();
      if (server.tagged_reply_to())
        entry.set_reply_to(mail::tagged_address(answers_to, signed_one));
    }
    entry.set_message_id(n_.id_token + std::string(suffixes[static_cast<std::size_t>(to)]) + "." +
                         reference + "@" + std::string(domain_of(server.from())));
  }

  /// Only who wrote the mail gets an answer to it; others find it in the call's thread.
  void set_thread(OutboxEntry& entry, const std::string& address) const {
    if (n_.mail == nullptr) {
      if (!n_.call.message_id().empty()) entry.add_references(n_.call.message_id());
      return;
    }
    if (wrote_from(address)) entry.set_in_reply_to(n_.mail->message_id);
    for (auto& id : references_for(*n_.mail)) entry.add_references(std::move(id));
  }

  void set_texts(OutboxEntry& entry, const config::v1::MailText& text, const Person& reader) const {
    const auto values = values_of(n_.model.config(), n_.call, n_.what, n_.update);
    auto written = write_text(text, values, format_for(n_.model.general(), reader));
    entry.set_subject(std::move(written.subject));
    entry.set_text(std::move(written.text));
    entry.set_html(std::move(written.html));
  }

  const notice& n_;
  std::set<std::string> told_;
  std::vector<OutboxEntry> out_;
};

}  // namespace

mail::answer_permission may_answer(const partition_model& model, const mail::parsed_mail& mail) {
  const auto author = mail::may_answer(mail.author);
  return author.allowed ? may_write_to(model, mail.from.addr) : author;
}

std::vector<OutboxEntry> notify(const notice& n) {
  if (n.model.outgoing() == nullptr || is_no_news(n)) return {};
  return notifier(n).run();
}

}  // namespace postroom::partitions

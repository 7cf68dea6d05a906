#include "partitions/notify.hpp"

#include <algorithm>
#include <set>

#include "partitions/address_marks.hpp"
#include "partitions/outgoing.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using record::v1::CallUpdate;
using record::v1::OutboxEntry;
using record::v1::Person;

text_format format_for(const config::v1::General& general, const Person& reader) {
  const bool own = general.message_format_per_person() && !reader.format().empty();
  const auto& format = own ? reader.format() : general.default_format();
  return format == "PLAIN" ? text_format::plain : text_format::html;
}

/// A program that answers or reports would do so to a notification as well.
bool is_no_news(const notice& n) {
  if (n.update != nullptr) {
    const auto kind = n.update->kind();
    if (kind == CallUpdate::REPORT || kind == CallUpdate::AUTO_REPLY) return true;
    if (kind == CallUpdate::FLOOD && n.what != call_event::flood) return true;
  }
  if (n.mail == nullptr) return false;
  const auto kind = n.mail->author.kind;
  return kind == mail::origin::auto_reply || kind == mail::origin::out_of_office ||
         kind == mail::origin::report;
}

class notifier {
 public:
  notifier(const notice& n, std::vector<std::string>* left_out) : n_(n), left_out_(left_out) {}

  std::vector<OutboxEntry> run() {
    if (n_.what != call_event::flood) tell_user();
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
    std::string address(text::trim(written));
    if (!may_write_to(n_.model, address).allowed) return;
    if (!told_.insert(fold_address(address)).second) return;
    if (const auto* mark = mark_of(reader, address)) {
      // An answer goes to where the mail came from, or nowhere.
      auto other = wrote_from(address) ? std::string{} : other_address(reader);
      note_left_out(to, *mark, address, other);
      if (other.empty() || !told_.insert(fold_address(other)).second) return;
      address = std::move(other);
    }
    const bool acknowledges = n_.what == call_event::logged && to == audience::user;
    auto entry =
        start_mail(frame_for(to), acknowledges ? "acknowledgement" : "notification", address);
    set_thread(entry, address);
    set_texts(entry, *text, reader);
    out_.push_back(std::move(entry));
  }

  /// A mark tells what came back to the partition of the person; another one shall not learn of it.
  [[nodiscard]] const record::v1::AddressMark* mark_of(const Person& reader,
                                                       const std::string& address) const {
    if (reader.partition() != n_.model.id().value) return nullptr;
    return unreachable_mark(reader, fold_address(address));
  }

  /// The first address of the reader that can be reached; empty: there is none.
  [[nodiscard]] std::string other_address(const Person& reader) const {
    for (const auto& written : reader.addresses()) {
      std::string address(text::trim(written));
      if (may_write_to(n_.model, address).allowed && mark_of(reader, address) == nullptr)
        return address;
    }
    return {};
  }

  void note_left_out(audience to, const record::v1::AddressMark& mark, const std::string& address,
                     const std::string& other) const {
    if (left_out_ == nullptr) return;
    left_out_->push_back("The " + std::string(to_string(to)) + " is not told at " + address +
                         (other.empty() ? "" : " but at " + other) + ": " + why_kept_away(mark) +
                         ".");
  }

  [[nodiscard]] outgoing_frame frame_for(audience to) const {
    constexpr std::string_view suffixes[] = {"", "-a", "-g"};
    return {n_.model,
            call_number{n_.call.number()},
            n_.tags,
            n_.loop_mark,
            n_.id_token + std::string(suffixes[static_cast<std::size_t>(to)]),
            n_.now};
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
    auto written =
        write_text(text, values, format_for(n_.model.general(), reader), n_.model.templates());
    entry.set_subject(std::move(written.subject));
    entry.set_text(std::move(written.text));
    entry.set_html(std::move(written.html));
  }

  const notice& n_;
  std::vector<std::string>* left_out_;
  std::set<std::string> told_;
  std::vector<OutboxEntry> out_;
};

}  // namespace

mail::answer_permission may_answer(const partition_model& model, const mail::parsed_mail& mail) {
  const auto author = mail::may_answer(mail.author);
  return author.allowed ? may_write_to(model, mail.from.addr) : author;
}

std::vector<OutboxEntry> notify(const notice& n, std::vector<std::string>* left_out) {
  if (n.model.outgoing() == nullptr || is_no_news(n)) return {};
  return notifier(n, left_out).run();
}

}  // namespace postroom::partitions

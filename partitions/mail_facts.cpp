#include "partitions/mail_facts.hpp"

#include "mail/fields.hpp"
#include "mail/fold.hpp"
#include "mail/header_values.hpp"
#include "mail/language.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"
#include "partitions/contents.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_text = 256u << 10;

std::vector<std::string> addresses_of(const std::vector<mail::address>& list) {
  std::vector<std::string> out;
  for (const auto& a : list)
    if (!a.addr.empty()) out.push_back(fold_address(a.addr));
  return out;
}

std::string trust_word(mail::trust kind) {
  switch (kind) {
    case mail::trust::aligned:
      return "aligned";
    case mail::trust::unaligned:
      return "unaligned";
    case mail::trust::none:
      break;
  }
  return "unchecked";
}

}  // namespace

mail_facts::mail_facts(const route_input& in, std::optional<double> spam_score,
                       const std::vector<std::string>& tags,
                       const std::unordered_set<std::string>& headers)
    : in_(in), spam_score_(spam_score), tags_(tags), headers_(headers) {}

const std::vector<std::string>& mail_facts::own_headers() {
  static const std::vector<std::string> names{"return-path", "delivered-to", "x-original-to",
                                              "envelope-to", "content-language"};
  return names;
}

std::string mail_facts::fold(field_kind kind, const std::string& text) {
  if (kind == field_kind::address) return fold_address(text);
  return mail::is_ascii(text) ? mail::lowered(text) : mail::fold_text(text);
}

mail_facts::texts& mail_facts::slot(mail_field field, const std::string& header) {
  auto& out = field == mail_field::header ? header_texts_[header]
                                          : fields_[static_cast<std::size_t>(field)];
  // Rules add tags.
  if (!out.is_read || field == mail_field::tag) {
    out.values = read(field, header);
    out.is_read = true;
    out.is_folded = false;
  }
  return out;
}

const std::vector<std::string>& mail_facts::values(mail_field field, const std::string& header) {
  return slot(field, header).values;
}

const std::vector<std::string>& mail_facts::folded(mail_field field, const std::string& header) {
  auto& out = slot(field, header);
  if (out.is_folded) return out.folded;
  out.is_folded = true;
  out.folded.clear();
  for (const auto& value : out.values) out.folded.push_back(fold(field_kind::text, value));
  return out.folded;
}

std::optional<double> mail_facts::number(mail_field field) const {
  switch (field) {
    case mail_field::size:
      return static_cast<double>(in_.size);
    case mail_field::attachments:
      return static_cast<double>(in_.mail.attachments.size());
    case mail_field::spam_score:
      return spam_score_;
    default:
      return {};
  }
}

std::vector<std::string> mail_facts::read(mail_field field, const std::string& header) {
  const auto& m = in_.mail;
  std::vector<std::string> out;
  switch (field) {
    case mail_field::from:
      return addresses_of({m.from});
    case mail_field::to:
      return addresses_of(m.to);
    case mail_field::cc:
      return addresses_of(m.cc);
    case mail_field::envelope_from:
      return read_envelope({own_headers()[0]});
    case mail_field::envelope_to:
      return read_envelope({own_headers()[1], own_headers()[2], own_headers()[3]});
    case mail_field::subject:
      return {m.subject};
    case mail_field::text:
      return {std::string(mail::utf8_prefix(m.text, max_text))};
    case mail_field::header:
      for (const auto value : raw(header)) out.push_back(mail::decode_field(value));
      return out;
    case mail_field::attachment_name:
      for (const auto& a : m.attachments) out.push_back(a.name);
      for (const auto& f : m.hidden_files)
        if (!f.name.empty()) out.push_back(f.name);
      return out;
    case mail_field::attachment_type:
      for (const auto& a : m.attachments) out.push_back(a.content_type);
      for (const auto& f : m.hidden_files)
        if (!f.content_type.empty()) out.push_back(f.content_type);
      return out;
    case mail_field::trust:
      return {trust_word(in_.trust.kind)};
    case mail_field::origin:
      return {to_word(m.author.kind)};
    case mail_field::language:
      return read_language();
    case mail_field::server:
      return {in_.server.name()};
    case mail_field::tag:
      return tags_;
    case mail_field::size:
    case mail_field::attachments:
    case mail_field::spam_score:
      break;
  }
  return out;
}

/// The topmost of each name: whoever delivered the mail wrote it last, and below it may stand what
/// the sender wrote.
std::vector<std::string> mail_facts::read_envelope(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) {
    const auto& found = raw(name);
    if (found.empty()) continue;
    const auto value = mail::decode_field(found.front());
    const auto list = mail::read_addresses(value, 1);
    out.push_back(list.empty() ? std::string{} : fold_address(list[0].addr));
  }
  return out;
}

std::vector<std::string> mail_facts::read_language() {
  const auto& named = raw(own_headers()[4]);
  if (!named.empty()) {
    auto out = mail::read_languages(mail::decode_field(named.front()));
    if (!out.empty()) return out;
  }
  auto guess = mail::guess_language(in_.mail.text);
  return guess.empty() ? std::vector<std::string>{} : std::vector{std::move(guess)};
}

/// One walk over the header, however many fields the rules ask for.
const std::vector<std::string_view>& mail_facts::raw(const std::string& header) {
  auto rest = is_indexed_ ? std::string_view{} : in_.header;
  is_indexed_ = true;
  while (const auto f = mail::next_field(rest)) {
    const auto name = mail::lowered(f->name);
    if (!headers_.contains(name)) continue;
    auto& values = raw_[name];
    if (values.size() < mail::header_value_limits::values) values.push_back(f->value);
  }
  return raw_[header];
}

}  // namespace postroom::partitions

#include "partitions/texts.hpp"

#include <algorithm>
#include <array>

#include "base/ids.hpp"
#include "mail/mail.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using config::v1::MailText;

constexpr std::string_view default_subject = "[{{call}}] {{subject}}";
constexpr std::string_view flood_subject = "[{{call}}] Very many mails: {{subject}}";
constexpr std::string_view flood_text =
    "Very many mails came within a short time, the last from {{update_by}}. Further ones are added "
    "to "
    "call {{call}}, or to the call that they answer, until fewer come. They are kept and counted, "
    "but not answered, and nobody is told of them.\n";
constexpr std::size_t max_subject_bytes = 998;  // RFC 5322, 2.1.1
constexpr std::size_t max_language = 35;        // RFC 5646, 4.4.1

struct facts {
  const config::v1::Partition& partition;
  const record::v1::Call& call;
  call_event what;
  const record::v1::CallUpdate& update;
};

/// Without the signature and what it quotes: the reader has that already.
std::string new_words(const record::v1::CallUpdate& u) {
  std::string_view words = u.text();
  for (const auto end : {u.signature_at(), u.quoted_at()})
    if (end > 0 && end < words.size()) words = words.substr(0, end);
  return std::string(text::trim(words));
}

std::string number_of(const facts& f) {
  return render_call(partition_id{f.partition.id()}, call_number{f.call.number()});
}

/// What was found against the sender of the mail that this is about; empty: nothing.
std::string why_unverified(const facts& f) {
  const bool is_new = f.what == call_event::logged;
  const auto& call = f.call.decision();
  if ((is_new ? call.trust() : f.update.trust()) != record::v1::UNALIGNED) return {};
  const auto& found = is_new ? call.trust_evidence() : f.update.trust_evidence();
  return found.empty() ? "nothing proves the address" : found;
}

struct known_value {
  std::string_view name;
  std::string (*of)(const facts&);
};

constexpr known_value known[] = {
    {"call", number_of},
    {"subject", [](const facts& f) { return f.call.subject(); }},
    {"user", [](const facts& f) { return f.call.user().name(); }},
    {"priority", [](const facts& f) { return f.call.priority(); }},
    {"status", [](const facts& f) { return f.call.status(); }},
    {"partition", [](const facts& f) { return f.partition.name(); }},
    {"text", [](const facts& f) { return f.call.text(); }},
    {"group", [](const facts& f) { return f.call.group(); }},
    {"office", [](const facts& f) { return f.call.office(); }},
    {"impact", [](const facts& f) { return f.call.impact(); }},
    {"urgency", [](const facts& f) { return f.call.urgency(); }},
    {"analyst", [](const facts& f) { return f.call.logging_analyst().name(); }},
    {"state",
     [](const facts& f) {
       return std::string(f.call.state() == record::v1::CLOSED ? "closed" : "open");
     }},
    {"flood_mails",
     [](const facts& f) {
       const auto mails = f.call.flood_mails();
       return mails > 0 ? std::to_string(mails) : std::string{};
     }},
    {"event", [](const facts& f) { return std::string(to_string(f.what)); }},
    {"reason", [](const facts& f) { return f.update.reason(); }},
    {"update_text", [](const facts& f) { return new_words(f.update); }},
    {"update_by",
     [](const facts& f) {
       return f.update.by().name().empty() ? f.update.who() : f.update.by().name();
     }},
    {"unverified", why_unverified},
};

constexpr auto names = [] {
  std::array<std::string_view, std::size(known)> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = known[i].name;
  return out;
}();

template <class Enum, std::size_t N>
std::optional<Enum> read(const std::string_view (&words)[N], std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == std::end(words)) return {};
  return static_cast<Enum>(found - std::begin(words));
}

bool same_tag(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, text::to_lower, text::to_lower);
}

const MailText* text_in(const config::v1::MailTexts& texts, call_event what, audience to,
                        std::string_view language) {
  if (what == call_event::logged && to == audience::user && language.empty())
    return texts.acknowledgement().text().empty() ? nullptr : &texts.acknowledgement();
  for (const auto& n : texts.notifications())
    if (n.event() == to_string(what) && n.audience() == to_string(to) &&
        same_tag(n.language(), language))
      return &n.content();
  return nullptr;
}

const MailText& text_of_flood() {
  static const MailText out = [] {
    MailText t;
    t.set_subject(std::string(flood_subject));
    t.set_text(std::string(flood_text));
    return t;
  }();
  return out;
}

}  // namespace

std::optional<call_event> read_call_event(std::string_view word) {
  return read<call_event>(call_events, word);
}

std::optional<audience> read_audience(std::string_view word) {
  return read<audience>(audiences, word);
}

std::span<const std::string_view> text_names() {
  return names;
}

text_values values_of(const config::v1::Partition& partition, const record::v1::Call& call,
                      call_event what, const record::v1::CallUpdate* update) {
  const facts f{partition, call, what,
                update ? *update : record::v1::CallUpdate::default_instance()};
  text_values out;
  for (const auto& v : known) out.push_back({v.name, v.of(f)});
  return out;
}

bool is_language_tag(std::string_view tag) {
  const auto is_letter = [](char c) {
    return text::to_lower(c) >= 'a' && text::to_lower(c) <= 'z';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (tag.size() > max_language) return false;
  for (bool first = true;; first = false) {
    const auto end = std::min(tag.find('-'), tag.size());
    const auto part = tag.substr(0, end);
    if (part.size() < (first ? 2 : 1) || part.size() > 8) return false;
    if (!std::ranges::all_of(part, [&](char c) { return is_letter(c) || (!first && is_digit(c)); }))
      return false;
    if (end == tag.size()) return true;
    tag.remove_prefix(end + 1);
  }
}

const MailText* find_text(const config::v1::MailTexts& texts, call_event what, audience to,
                          std::string_view language) {
  for (const auto tag : {language, language.substr(0, language.find('-'))})
    if (const auto* found = tag.empty() ? nullptr : text_in(texts, what, to, tag)) return found;
  if (const auto* found = text_in(texts, what, to, {})) return found;
  if (what != call_event::flood || to == audience::user) return nullptr;
  const bool is_told = find_text(texts, call_event::logged, to, language) != nullptr ||
                       find_text(texts, call_event::updated, to, language) != nullptr;
  return is_told ? &text_of_flood() : nullptr;
}

bool has_languages(const config::v1::MailTexts& texts) {
  return std::ranges::any_of(texts.notifications(),
                             [](const auto& n) { return !n.language().empty(); });
}

std::vector<std::string> templates_in(const config::v1::MailTexts& texts) {
  std::vector<std::string> out{std::string(default_subject), std::string(flood_subject),
                               std::string(flood_text)};
  const auto add = [&](const MailText& text) {
    for (const auto* one : {&text.subject(), &text.text(), &text.html()}) out.push_back(*one);
  };
  add(texts.acknowledgement());
  for (const auto& n : texts.notifications()) add(n.content());
  return out;
}

written_text write_text(const MailText& text, const text_values& values, text_format format,
                        const parsed_templates& parsed) {
  const auto& subject = text.subject().empty() ? std::string(default_subject) : text.subject();
  written_text out;
  out.subject = text::shorten(text::one_line(parsed.fill(subject, values, text_format::plain)),
                              max_subject_bytes);
  out.text = parsed.fill(text.text(), values, text_format::plain);
  if (format == text_format::plain) return out;
  out.html = text.html().empty() ? mail::escape_html(out.text)
                                 : parsed.fill(text.html(), values, text_format::html);
  return out;
}

}  // namespace postroom::partitions

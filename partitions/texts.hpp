#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "partitions/text_template.hpp"
#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/record.pb.h"

/// What is written to people about calls: which text, and what it says. Pure; any thread.
namespace postroom::partitions {

/// What came to a call.
enum class call_event : uint8_t {
  logged,
  updated,
  closed,
  reopened,
  assigned,
  flood  ///< the first of very many mails; users are not told
};
/// Who is told of it.
enum class audience : uint8_t { user, analyst, group };

/// As in `Notification`, in the order of the enumerators.
inline constexpr std::string_view call_events[] = {"logged",   "updated",  "closed",
                                                   "reopened", "assigned", "flood"};
inline constexpr std::string_view audiences[] = {"user", "analyst", "group"};

constexpr std::string_view to_string(call_event e) {
  return call_events[static_cast<std::size_t>(e)];
}
constexpr std::string_view to_string(audience a) {
  return audiences[static_cast<std::size_t>(a)];
}
/// Nothing: there is no such word.
std::optional<call_event> read_call_event(std::string_view word);
std::optional<audience> read_audience(std::string_view word);

/// The names that texts may use, in the order in which people read of them.
std::span<const std::string_view> text_names();

/// What each of them stands for. `update` is what happened; null: nothing but the event.
text_values values_of(const config::v1::Partition& partition, const record::v1::Call& call,
                      call_event what, const record::v1::CallUpdate* update);

/// Letters, then parts of letters and digits, joined by hyphens, of at most 35 characters:
/// "de-AT" (RFC 5646 section 2.1, without a look into the registry).
bool is_language_tag(std::string_view tag);

/// The text for who reads this language: the one of just this tag ("de-AT"), else of the language
/// alone ("de"), else the one without a language. Null: nothing is written. Staff who are told of
/// new calls or of updates are told of a flood, too, where nothing else is written: of what it
/// brings nobody is.
const config::v1::MailText* find_text(const config::v1::MailTexts& texts, call_event what,
                                      audience to, std::string_view language);

/// Whether any text is for readers of one language only.
bool has_languages(const config::v1::MailTexts& texts);

struct written_text {
  std::string subject;  ///< one line of at most 998 bytes
  std::string text;
  std::string html;  ///< blank: plain text only
};

/// All templates of a partition's texts, as `write_text` fills them in.
std::vector<std::string> templates_in(const config::v1::MailTexts& texts);

/// The text as it goes out; HTML without a template of its own shows the plain text.
written_text write_text(const config::v1::MailText& text, const text_values& values,
                        text_format format, const parsed_templates& parsed);

}  // namespace postroom::partitions

#include "mail/values.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <iterator>

#include "mail/address_comments.hpp"
#include "mail/charset.hpp"
#include "mail/encoded_words.hpp"
#include "mail/fields.hpp"
#include "mail/gobject.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// GMime's list and parameter parsers are somewhat worse than linear and nested groups recurse, so
/// a hostile value is cut. Real subjects and parameters stay far below.
constexpr std::size_t max_text_value = 16u << 10;
constexpr std::size_t max_list_value = 64u << 10;
constexpr std::size_t max_groups = 64;
/// Entries without an address: for each GMime looks through all that follows.
constexpr std::size_t max_bare_entries = 64;
constexpr std::size_t max_id = 998;

/// The value on one line as UTF-8 with well-formed encoded words, so that GMime never has to guess.
std::string prepared(std::string_view value, std::size_t max, std::string_view hint) {
  auto line = unfold(value, max);
  if (line.find("=?") != std::string::npos) return mend_words(line, hint);
  return is_utf8(line) ? line : read_unlabelled(line, hint);
}

/// Where the entry that is one too many without an address ends; npos: nowhere.
std::size_t end_of_bare_entries(std::string_view line) {
  bool in_quotes = false, has_address = false;
  std::size_t bare = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') in_quotes = !in_quotes;
    has_address |= line[i] == '@';
    if (line[i] != ',' || in_quotes) continue;
    if (!has_address && ++bare > max_bare_entries) return i;
    has_address = false;
  }
  return std::string_view::npos;
}

/// The list up to the last whole address below the limits.
std::string prepared_list(std::string_view value, std::string_view hint) {
  auto line = prepared(value, max_list_value, hint);
  bool cut = value.size() > max_list_value;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == ':' && ++groups > max_groups) {
      line.resize(i);
      cut = true;
    }
  if (const auto end = end_of_bare_entries(line); end != std::string::npos) line.resize(end);
  if (auto comma = line.rfind(','); cut && comma != std::string::npos) line.resize(comma);
  return line;
}

bool is_plain_address(std::string_view addr) {
  auto at = addr.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < addr.size() &&
         std::none_of(addr.begin(), addr.end(),
                      [](char c) { return c == ' ' || c == '<' || c == '>'; });
}

/// The domain in its ASCII form (RFC 5890), whichever way it was written.
address read_mailbox(InternetAddress* item) {
  auto text = [](const char* s) { return clean_line(s ? s : ""); };
  address out{text(internet_address_get_name(item)), {}};
  auto addr = text(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(item)));
  if (is_plain_address(addr))
    out.addr = std::move(addr);
  else if (out.name.empty())
    out.name = std::move(addr);
  return out;
}

/// Groups inside groups are not looked into: RFC 5322 has none.
void collect(InternetAddressList* list, std::size_t max, bool in_group, std::vector<address>& out) {
  int count = list ? internet_address_list_length(list) : 0;
  for (int i = 0; i < count && out.size() < max; ++i) {
    auto* item = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(item))
      out.push_back(read_mailbox(item));
    else if (!in_group)
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(item)), max, true, out);
  }
}

std::vector<address> read_list(const std::string& line, std::size_t max) {
  std::vector<address> out;
  if (line.empty()) return out;
  object_ref<InternetAddressList> list(internet_address_list_parse(parser_options(), line.c_str()));
  collect(list.get(), max, false, out);
  return out;
}

std::vector<std::string_view> addresses_in(const std::vector<address>& list) {
  std::vector<std::string_view> out;
  for (const auto& a : list)
    if (!a.addr.empty()) out.push_back(a.addr);
  return out;
}

/// Comments may tell more of who writes, never who writes: no address may change by them.
bool may_replace(const std::vector<address>& plain, const std::vector<address>& with_comments) {
  const auto before = addresses_in(plain);
  return before.empty() || before == addresses_in(with_comments);
}

/// Of a line, with the names that stand in comments.
std::vector<address> read_line(const std::string& line, std::size_t max) {
  auto plain = read_list(line, max);
  const auto named = comments_into_names(line);
  if (named == line) return plain;
  auto with_comments = read_list(named, max);
  return may_replace(plain, with_comments) ? with_comments : plain;
}

std::string clean_id(std::string_view id) {
  auto line = clean_line(id.substr(0, max_id));
  line.erase(std::remove(line.begin(), line.end(), ' '), line.end());
  return line;
}

}  // namespace

std::vector<address> read_addresses(std::string_view value, std::size_t max,
                                    std::string_view hint) {
  const auto line = prepared_list(value, {});
  auto unhinted = read_line(line, max);
  if (hint.empty() || is_utf8(value)) return unhinted;
  const auto hinted_line = prepared_list(value, hint);
  if (hinted_line == line) return unhinted;
  auto hinted = read_line(hinted_line, max);
  return addresses_in(hinted) == addresses_in(unhinted) ? hinted : unhinted;
}

local_sender read_local_sender(std::string_view value, std::string_view hint) {
  static constexpr std::string_view specials = " \t,;:<>()[]\"\\@";
  const auto line = prepared(value, max_text_value, hint);
  const auto angle = line.find('<');
  if (angle == std::string::npos) return {};
  local_sender out;
  const auto inside = std::string_view(line).substr(angle + 1);
  const auto local = trimmed(inside.substr(0, inside.find('>')));
  if (local.find_first_of(specials) == std::string_view::npos) out.local_part = clean_line(local);
  out.name = clean_line(decode_words(line.substr(0, angle), {}));
  if (out.name.find('@') != std::string::npos) out.name.clear();
  return out;
}

std::string find_address(std::string_view value) {
  static constexpr std::string_view ends = " \t,;:<>()[]\"'";
  auto line = prepared(value, max_text_value, {});
  for (auto from = line.find_first_not_of(ends); from != std::string::npos;) {
    auto to = std::min(line.find_first_of(ends, from), line.size());
    auto word = std::string_view(line).substr(from, to - from);
    if (is_plain_address(word)) return clean_line(word);
    from = line.find_first_not_of(ends, to);
  }
  return {};
}

std::string read_text(std::string_view value, std::string_view hint) {
  auto line = unfold(value, max_text_value);
  if (line.find("=?") != std::string::npos) return clean_line(decode_words(line, hint));
  return clean_line(is_utf8(line) ? line : read_unlabelled(line, hint));
}

std::optional<time_point> read_date(std::string_view value) {
  auto line = prepared(value, 200, {});
  if (line.empty()) return std::nullopt;
  auto* date = g_mime_utils_header_decode_date(line.c_str());
  if (!date) return std::nullopt;
  auto seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  return time_point{std::chrono::seconds{seconds}};
}

std::vector<std::string> read_ids(std::string_view value, std::size_t max) {
  std::vector<std::string> out;
  value = value.substr(0, max_list_value);
  for (std::size_t at = value.find('<'); at != std::string_view::npos; at = value.find('<', at)) {
    auto end = value.find('>', at);
    if (end == std::string_view::npos) break;
    auto id = clean_id(value.substr(at + 1, end - at - 1));
    at = end;
    if (id.empty()) continue;
    // The first starts the thread and the last are the nearest: what is between may go.
    if (out.size() == max) out.erase(out.begin() + 1);
    out.push_back(std::move(id));
    if (max == 1) break;
  }
  if (out.empty() && value.find('@') != std::string_view::npos) {
    auto bare = clean_line(value.substr(0, max_id));
    if (bare.find_first_of(" <>") == std::string::npos) out.push_back(std::move(bare));
  }
  return out;
}

}  // namespace postroom::mail

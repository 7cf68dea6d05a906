#include "mail/report_text.hpp"

#include <algorithm>
#include <set>

#include "mail/ascii.hpp"
#include "mail/fold.hpp"
#include "mail/notice_lines.hpp"
#include "mail/report_fields.hpp"
#include "mail/status_code.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// Bytes of a notice that are read, and addresses that are looked for in it: what a hostile one has
/// more of would cost its square.
constexpr std::size_t max_notice = 16u << 10;
constexpr std::size_t max_looked_up = 50;
constexpr std::size_t max_block = 8u << 10;

/// How much a line speaks for its address being the one that the notice is about.
enum class weight { heading, named, mentioned };

struct candidate {
  std::string address;
  std::size_t line;
  weight how;
};

bool has(std::string_view line, std::string_view word) {
  return find_ignoring_case(line, word) != std::string_view::npos;
}

/// "<ann@example.org>:", "ann@example.org on Thu, ...", or the address alone.
bool is_heading(std::string_view line, const found_address& a) {
  if (a.begin != lead_of(line)) return false;
  auto rest = line.substr(a.end);
  while (!rest.empty() && (rest[0] == '>' || rest[0] == '"' || rest[0] == '\'' || rest[0] == ' '))
    rest.remove_prefix(1);
  static constexpr std::string_view marks = ":.[(<;,";
  return rest.empty() || marks.find(rest[0]) != std::string_view::npos ||
         starts_ignoring_case(rest, "on ") || starts_ignoring_case(rest, "invalid") ||
         starts_ignoring_case(rest, "error");
}

/// The line says by its words that its address is a recipient.
bool is_named(std::string_view line) {
  static constexpr std::string_view words[] = {
      "rcpt to:",     "recipient", "delivered to",     "deliver message to",
      "your mail to", "t=[",       "undeliverable to", "unable to deliver"};
  const bool listed = std::any_of(std::begin(words), std::end(words),
                                  [&](std::string_view w) { return has(line, w); });
  return listed || !guess_status(line, '5').empty();
}

std::vector<candidate> candidates(const std::vector<std::string_view>& lines,
                                  const std::string& addressee) {
  std::vector<candidate> out;
  for (std::size_t i = 0; i < lines.size() && out.size() < report_bounds::recipients; ++i) {
    if (lines[i].find('@') == std::string_view::npos || has(lines[i], "mail from")) continue;
    auto found = next_address(lines[i]);
    while (
        !found.text.empty() && fold_address(found.text) == addressee &&
        !(is_heading(lines[i], found) && lines[i].find(':', found.end) != std::string_view::npos))
      found = next_address(lines[i], found.end);
    if (found.text.empty()) continue;
    const auto how = is_heading(lines[i], found) ? weight::heading
                     : is_named(lines[i])        ? weight::named
                                                 : weight::mentioned;
    out.push_back({clean_line(found.text), i, how});
  }
  return out;
}

/// Of the best weight only; of those just mentioned the first; each address once.
std::vector<candidate> best_of(std::vector<candidate> all) {
  auto best = weight::mentioned;
  for (const auto& c : all) best = std::min(best, c.how);
  std::vector<candidate> out;
  std::set<std::string> seen;
  for (auto& c : all) {
    if (c.how != best || (best == weight::mentioned && !out.empty())) continue;
    if (seen.insert(fold_address(c.address)).second) out.push_back(std::move(c));
  }
  return out;
}

std::vector<candidate> where_named(const std::vector<std::string_view>& lines,
                                   const std::vector<std::string>& addresses) {
  std::vector<candidate> out;
  for (const auto& address : addresses) {
    auto line = lines.end();
    if (const auto low = lowered(address); !low.empty() && out.size() < max_looked_up)
      line =
          std::find_if(lines.begin(), lines.end(), [&](std::string_view l) { return has(l, low); });
    out.push_back({address, static_cast<std::size_t>(line - lines.begin()), weight::heading});
  }
  return out;
}

/// The lines about one recipient: all when there is no other; under a heading those up to the next
/// one; of a transcript those that name the address.
std::string block_of(const std::vector<std::string_view>& lines, const std::vector<candidate>& all,
                     std::size_t index) {
  const auto& one = all[index];
  const bool is_alone = all.size() == 1, is_heading = one.how == weight::heading;
  auto from = is_alone ? 0 : std::min(one.line, lines.size()), to = lines.size();
  for (const auto& other : all)
    if (is_heading && other.line > one.line) to = std::min(to, other.line);
  std::string out;
  for (; from < to && out.size() < max_block; ++from)
    if (is_alone || is_heading || lines[from].find(one.address) != std::string_view::npos)
      out.append(lines[from]).append("\n");
  return out;
}

std::string status_from(const std::string& block, reported_action action) {
  const auto code = guess_status(block, action == reported_action::delayed ? '4' : '5');
  return code.empty() ? status_of(action) : code;
}

reported_recipient describe(const candidate& c, const std::string& block, reported_action action) {
  reported_recipient out{.address = c.address, .action = action};
  out.status = status_from(block, action);
  const auto about = block.find(c.address);
  out.diagnostic = clean_line(block.substr(about == std::string::npos ? 0 : about));
  out.diagnostic.resize(utf8_prefix(out.diagnostic, report_bounds::diagnostic).size());
  return out;
}

}  // namespace

split_notice split_notice_text(std::string_view text) {
  const auto lines = lines_of(text);
  const auto at = find_original(lines);
  if (at == lines.size()) return {text, {}};
  const auto end = end_of_notice(lines, at);
  return {text.substr(0, static_cast<std::size_t>(lines[end].data() - text.data())),
          unquoted(lines, at)};
}

std::vector<reported_recipient> read_notice(std::string_view notice, const notice_facts& facts) {
  const auto lines = lines_of(notice.substr(0, max_notice));
  const auto found = facts.failed.empty()
                         ? best_of(candidates(lines, fold_address(facts.addressee)))
                         : where_named(lines, facts.failed);
  std::vector<reported_recipient> out;
  for (std::size_t i = 0; i < found.size(); ++i)
    out.push_back(describe(found[i], block_of(lines, found, i), facts.action));
  return out;
}

void refine_by_notice(std::string_view notice, std::vector<reported_recipient>& recipients) {
  const auto lines = lines_of(notice.substr(0, max_notice));
  std::vector<std::string> addresses;
  addresses.reserve(recipients.size());
  for (const auto& r : recipients) addresses.push_back(r.address);
  const auto found = where_named(lines, addresses);
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& r = recipients[i];
    if (!is_class_only(r.status) || !r.diagnostic.empty() || found[i].line == lines.size())
      continue;
    const auto block = block_of(lines, found, i);
    if (const auto code = find_status(block); !is_class_only(code) && code[0] == r.status[0])
      r.status = code;
    r.diagnostic = describe(found[i], block, r.action).diagnostic;
  }
}

}  // namespace postroom::mail

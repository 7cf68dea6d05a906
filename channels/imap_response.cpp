#include "channels/imap_response.hpp"

#include <array>
#include <utility>

#include "channels/imap_scanner.hpp"

namespace postroom::channels {

namespace {

constexpr int max_depth = 32;  // of nested lists in values we skip

using literals_t = std::vector<imap_literal>;

error violation(const char* what) {
  return fail(ec::protocol_violation, what);
}

/// Reads the items of one FETCH answer.
class fetch_reader {
 public:
  fetch_reader(imap_scanner& in, const literals_t& literals) : in_(in), literals_(literals) {}

  /// Up to the closing bracket; or, with `open_end`, up to the end of the text, where a literal's
  /// "{n}" was cut off.
  bool read(bool open_end) {
    if (!in_.take('(')) return false;
    while (true) {
      in_.skip_spaces();
      if (in_.take(')')) return true;
      read_name();
      if (name_.empty() || !in_.take(' ')) return false;
      if (open_end && in_.at_end()) return true;
      if (!read_value(open_end)) return false;
      if (open_end && in_.at_end()) return true;
    }
  }

  imap_fetch out;
  [[nodiscard]] bool at_body() const { return name_ == "BODY[]"; }

 private:
  void read_name() {
    name_ = upper(in_.word());
    if (in_.peek() != '[') return;
    name_ += in_.until("]");
    if (in_.take(']')) name_ += ']';
    name_ += in_.until(" ");  // <origin>
  }

  bool read_value(bool open_end) {
    if (name_ == "UID") return (out.uid = in_.number()).has_value();
    if (name_ == "RFC822.SIZE") return (out.size = in_.number()).has_value();
    if (name_ == "INTERNALDATE") {
      const auto text = in_.quoted();
      if (text) out.internal_date = parse_internal_date(*text);
      return text.has_value();
    }
    if (name_ == "BODY[]") return read_body();
    return skip_value(open_end);
  }

  bool read_body() {
    if (in_.peek() == '"') {
      auto text = in_.quoted();
      if (!text) return false;
      out.body_bytes = text->size();
      out.body = std::make_shared<std::string>(std::move(*text));
      out.body_is = imap_fetch::body_state::kept;
      return true;
    }
    if (const auto* l = literal()) {
      out.body = l->bytes;
      out.body_is = l->state;
      out.body_bytes = l->size;
      return true;
    }
    if (upper(in_.word()) != "NIL") return false;
    out.body_is = imap_fetch::body_state::nil;
    return true;
  }

  const imap_literal* literal() {
    if (!in_.take('{')) return nullptr;
    in_.until("\n");
    if (!in_.take('\n') || next_literal_ >= literals_.size()) return nullptr;
    return &literals_[next_literal_++];
  }

  bool skip_value(bool open_end) {
    int depth = 0;
    do {
      in_.skip_spaces();
      if (in_.take('(')) {
        if (++depth > max_depth) return false;
      } else if (in_.take(')')) {
        if (--depth < 0) return false;
      } else if (in_.peek() == '"') {
        if (!in_.quoted()) return false;
      } else if (in_.peek() == '{') {
        if (!literal()) return false;
      } else if (in_.at_end()) {
        return open_end;
      } else if (in_.until(" ()\"{\n").empty()) {
        return false;
      }
    } while (depth > 0);
    return true;
  }

  imap_scanner& in_;
  const literals_t& literals_;
  std::size_t next_literal_ = 0;
  std::string name_;
};

std::optional<imap_status> status_of(std::string_view word) {
  using enum imap_status;
  static constexpr std::pair<std::string_view, imap_status> rows[] = {
      {"OK", ok}, {"NO", no}, {"BAD", bad}, {"BYE", bye}, {"PREAUTH", preauth}};
  for (const auto& [name, value] : rows) {
    if (name == word) return value;
  }
  return std::nullopt;
}

void read_status_text(imap_scanner& in, imap_response& out) {
  out.what = imap_response::kind::status;
  in.skip_spaces();
  if (in.take('[')) {
    out.code = upper(in.until(" ]"));
    in.skip_spaces();
    out.code_args = in.until("]");
    if (out.code == "CAPABILITY") {
      imap_scanner words(out.code_args);
      while (!words.at_end()) {
        out.words.push_back(upper(words.until(" ")));
        words.skip_spaces();
      }
    }
    in.take(']');
    in.skip_spaces();
  }
  out.text = in.rest();
}

bool read_numbers(imap_scanner& in, std::vector<uint64_t>& out) {
  while (true) {
    in.skip_spaces();
    if (in.at_end() || in.peek() == '(') return true;  // "(MODSEQ n)" may follow
    const auto n = in.number();
    if (!n) return false;
    out.push_back(*n);
  }
}

/// ESEARCH (TAG "x") UID MIN 4: only MIN is asked for.
bool read_esearch(imap_scanner& in, std::vector<uint64_t>& out) {
  in.skip_spaces();
  if (in.take('(')) {
    in.until(")");
    if (!in.take(')')) return false;
  }
  while (true) {
    in.skip_spaces();
    if (in.at_end()) return true;
    const auto word = upper(in.until(" "));
    if (word != "MIN") continue;
    in.skip_spaces();
    const auto n = in.number();
    if (!n) return false;
    out.push_back(*n);
  }
}

/// How many numbers a set such as "41,43:116" stands for.
bool count_set(imap_scanner& in, uint64_t& count) {
  do {
    const auto first = in.number();
    if (!first) return false;
    auto last = first;
    if (in.take(':')) last = in.number();
    if (!last) return false;
    count += (*first < *last ? *last - *first : *first - *last) + 1;
  } while (in.take(','));
  return in.at_end();
}

/// VANISHED (EARLIER) tells of what was gone before we came: nothing to count.
bool read_vanished(imap_scanner& in, imap_response& out) {
  out.what = imap_response::kind::vanished;
  in.skip_spaces();
  if (in.peek() == '(') return true;
  return count_set(in, out.number);
}

result<imap_response> parse_numbered(imap_scanner& in, const literals_t& literals) {
  imap_response out;
  const auto n = in.number();
  if (!n || !in.take(' ')) return violation("a number without a meaning");
  out.number = *n;
  const auto name = upper(in.word());
  if (name == "EXISTS") out.what = imap_response::kind::exists;
  if (name == "RECENT") out.what = imap_response::kind::recent;
  if (name == "EXPUNGE") out.what = imap_response::kind::expunge;
  if (name != "FETCH") return out;
  out.what = imap_response::kind::fetch;
  in.skip_spaces();
  fetch_reader reader(in, literals);
  if (!reader.read(false)) return violation("a FETCH answer that cannot be read");
  out.fetch = std::move(reader.out);
  return out;
}

result<imap_response> parse_untagged(imap_scanner& in, const literals_t& literals) {
  if (in.peek() >= '0' && in.peek() <= '9') return parse_numbered(in, literals);
  imap_response out;
  const auto name = upper(in.word());
  if (name.empty()) return violation("an empty answer");
  if (const auto status = status_of(name)) {
    out.status = *status;
    read_status_text(in, out);
  } else if (name == "CAPABILITY") {
    out.what = imap_response::kind::capability;
    for (in.skip_spaces(); !in.at_end(); in.skip_spaces())
      out.words.push_back(upper(in.until(" ")));
  } else if (name == "SEARCH") {
    out.what = imap_response::kind::search;
    if (!read_numbers(in, out.numbers)) return violation("a SEARCH answer that cannot be read");
  } else if (name == "ESEARCH") {
    out.what = imap_response::kind::search;
    if (!read_esearch(in, out.numbers)) return violation("an ESEARCH answer that cannot be read");
  } else if (name == "VANISHED") {
    if (!read_vanished(in, out)) return violation("a VANISHED answer that cannot be read");
  }
  return out;
}

std::optional<int> month_of(std::string_view name) {
  static constexpr std::string_view names = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
  const auto at = names.find(upper(name));
  if (name.size() != 3 || at == names.npos || at % 3 != 0) return std::nullopt;
  return static_cast<int>(at / 3 + 1);
}

}  // namespace

result<imap_response> parse_imap(std::string_view text, const literals_t& literals) {
  imap_scanner in(text);
  if (in.take('+')) {
    imap_response out;
    out.what = imap_response::kind::continuation;
    return out;
  }
  if (in.take('*')) {
    if (!in.take(' ')) return violation("an answer that cannot be read");
    in.skip_spaces();
    return parse_untagged(in, literals);
  }
  imap_response out;
  out.tag = in.word();
  if (out.tag.empty() || out.tag.size() > 32 || !in.take(' '))
    return violation("not an IMAP answer");
  const auto status = status_of(upper(in.word()));
  using enum imap_status;
  if (!status || *status == bye || *status == preauth) return violation("not an IMAP answer");
  out.status = *status;
  read_status_text(in, out);
  return out;
}

result<imap_fetch_start> parse_imap_start(std::string_view text, const literals_t& literals) {
  imap_scanner in(text);
  imap_fetch_start out;
  if (!in.take('*')) return violation("a literal where none may be");
  in.skip_spaces();
  if (!in.number()) return out;
  in.skip_spaces();
  if (upper(in.word()) != "FETCH") return out;
  in.skip_spaces();
  fetch_reader reader(in, literals);
  if (!reader.read(true)) return violation("a FETCH answer that cannot be read");
  out.is_body = reader.at_body();
  out.so_far = std::move(reader.out);
  return out;
}

std::optional<time_point> parse_internal_date(std::string_view text) {
  imap_scanner in(text);
  in.skip_spaces();
  const auto day = in.number();
  if (!day || !in.take('-')) return std::nullopt;
  const auto month = month_of(in.until("-"));
  if (!month || !in.take('-')) return std::nullopt;
  std::array<uint64_t, 4> part{};  // year, hour, minute, second
  for (std::size_t i = 0; i < part.size(); ++i) {
    const auto n = in.number();
    if (!n || *n > 9'999) return std::nullopt;
    part[i] = *n;
    if (i < 3 && !in.take(i == 0 ? ' ' : ':')) return std::nullopt;
  }
  in.skip_spaces();
  const bool west = in.peek() == '-';
  if (!in.take('-') && !in.take('+')) return std::nullopt;
  const auto zone = in.number();
  if (!zone || *zone > 9'999 || *day > 31 || part[1] > 23 || part[2] > 59 || part[3] > 60)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(part[0])),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const auto offset = std::chrono::minutes(*zone / 100 * 60 + *zone % 100);
  const auto local = std::chrono::sys_days(date) + std::chrono::hours(part[1]) +
                     std::chrono::minutes(part[2]) + std::chrono::seconds(part[3]);
  return std::chrono::time_point_cast<duration>(west ? local + offset : local - offset);
}

}  // namespace postroom::channels

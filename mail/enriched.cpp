#include "mail/enriched.hpp"

#include <algorithm>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

class reader {
 public:
  explicit reader(std::string_view in) : x_in_(in) {}
  std::string run();

 private:
  void line_ends();
  void command();
  void put(char c) {
    if (x_hidden_ == 0) x_out_ += c;
  }

  std::string_view x_in_;
  std::string x_out_;
  int x_hidden_ = 0;    ///< inside of this many parameters and comments
  int x_verbatim_ = 0;  ///< where line ends count
};

/// One line end is a blank, of more each but the first is one.
void reader::line_ends() {
  std::size_t count = 0;
  auto length = std::min(x_in_.find_first_not_of("\r\n"), x_in_.size());
  for (char c : x_in_.substr(0, length)) count += c == '\n';
  x_in_.remove_prefix(length);
  if (x_verbatim_ > 0) ++count;
  if (count == 1) put(' ');
  for (; count > 1; --count) put('\n');
}

void reader::command() {
  auto end = x_in_.find('>');
  if (end == std::string_view::npos) end = x_in_.size() - 1;
  auto name = x_in_.substr(1, end > 0 ? end - 1 : 0);
  x_in_.remove_prefix(end + 1);
  bool closes = !name.empty() && name.front() == '/';
  if (closes) name.remove_prefix(1);
  auto count = [&](int& levels) { levels = std::max(0, levels + (closes ? -1 : 1)); };
  if (equal_ignoring_case(name, "param") || equal_ignoring_case(name, "comment")) count(x_hidden_);
  if (equal_ignoring_case(name, "nofill")) count(x_verbatim_);
  if (equal_ignoring_case(name, "lt")) put('<');
  bool breaks = equal_ignoring_case(name, "nl") || equal_ignoring_case(name, "np") ||
                (closes && equal_ignoring_case(name, "paragraph"));
  if (breaks) put('\n');
}

std::string reader::run() {
  while (!x_in_.empty()) {
    char c = x_in_[0];
    if (c == '\r' || c == '\n') {
      line_ends();
    } else if (c == '<' && x_in_.substr(0, 2) != "<<") {
      command();
    } else {
      put(c);
      x_in_.remove_prefix(c == '<' ? 2 : 1);
    }
  }
  return std::move(x_out_);
}

}  // namespace

std::string enriched_to_text(std::string_view enriched) {
  return reader(enriched).run();
}

}  // namespace postroom::mail

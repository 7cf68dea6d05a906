#include "mail/address_comments.hpp"

#include <algorithm>

#include "mail/ascii.hpp"
#include "mail/encoded_words.hpp"

namespace postroom::mail {

namespace {

class mover {
 public:
  explicit mover(std::string_view line) : x_line_(line) {}
  std::string run();

 private:
  void one(char c);
  void quoted();
  void comment();
  void end_mailbox();
  [[nodiscard]] std::string name() const;

  std::string_view x_line_;
  std::size_t x_at_ = 0, x_begin_ = 0;  ///< here, and where the mailbox began
  std::string x_before_, x_angle_, x_behind_;
  std::string* x_piece_ = &x_before_;  ///< of these, what is being read
  std::string x_comments_, x_out_;
};

/// To the closing quote, as it is.
void mover::quoted() {
  do {
    if (x_line_[x_at_] == '\\') *x_piece_ += x_line_[x_at_++];
    if (x_at_ < x_line_.size()) *x_piece_ += x_line_[x_at_++];
  } while (x_at_ < x_line_.size() && x_line_[x_at_] != '"');
  if (x_at_ < x_line_.size()) *x_piece_ += x_line_[x_at_++];
}

/// The text of a comment with those inside of it (RFC 5322, 3.2.2). A line may have been folded
/// between a backslash and what it quotes.
void mover::comment() {
  std::string text;
  for (int depth = 0; x_at_ < x_line_.size(); ++x_at_) {
    char c = x_line_[x_at_];
    if (c == '\\') {
      x_at_ = x_line_.find_first_not_of(' ', x_at_ + 1);
      if (x_at_ >= x_line_.size()) break;
      text += x_line_[x_at_];
      continue;
    }
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth == 0) break;
    if (!text.empty() || depth > 1 || c != '(') text += c;
  }
  x_at_ = std::min(x_at_, x_line_.size() - 1) + 1;
  if (!x_comments_.empty()) x_comments_ += ' ';
  x_comments_ += trimmed(decode_words(text, {}));
}

std::string mover::name() const {
  std::string out(trimmed(x_before_));
  const auto behind = trimmed(x_behind_);
  if (!out.empty() && !behind.empty()) out += ' ';
  out += behind;
  if (x_comments_.empty()) return out;
  return out.empty() ? as_word(x_comments_) : out + ' ' + as_word(" (" + x_comments_ + ')');
}

/// Where the part behind the address holds another one, only the reader of addresses may say which
/// of them counts.
void mover::end_mailbox() {
  const auto whole = x_line_.substr(x_begin_, x_at_ - x_begin_);
  const bool moves = !x_comments_.empty() || !trimmed(x_behind_).empty();
  const bool certain = x_behind_.find_first_of("<>@") == std::string::npos;
  if (x_angle_.empty() || !moves || !certain)
    x_out_ += whole;
  else
    x_out_ += ' ' + name() + ' ' + x_angle_;
  for (auto* piece : {&x_before_, &x_angle_, &x_behind_, &x_comments_}) piece->clear();
  x_piece_ = &x_before_;
}

void mover::one(char c) {
  const bool in_angle = x_piece_ == &x_angle_;
  if (c == '"') return quoted();
  if (c == '(') return comment();
  if (!in_angle && (c == ',' || c == ';' || c == ':')) {
    end_mailbox();
    x_begin_ = x_at_ + 1;
    x_out_ += c;
  } else if (c == '<' && x_piece_ == &x_before_) {
    x_piece_ = &x_angle_;
    *x_piece_ += c;
  } else {
    *x_piece_ += c;
    if (in_angle && c == '>') x_piece_ = &x_behind_;
  }
  ++x_at_;
}

std::string mover::run() {
  while (x_at_ < x_line_.size()) one(x_line_[x_at_]);
  end_mailbox();
  return std::move(x_out_);
}

}  // namespace

std::string comments_into_names(std::string_view line) {
  const auto angle = line.find('>');
  const bool behind = angle != std::string_view::npos &&
                      line.find_first_not_of(" ,;", angle + 1) != std::string_view::npos;
  if (!behind && line.find('(') == std::string_view::npos) return std::string(line);
  return mover(line).run();
}

}  // namespace postroom::mail

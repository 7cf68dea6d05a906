#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>
#include <map>

#include "expected.hpp"
#include "known.hpp"
#include "mail/mail.hpp"
#include "mail/utf8.hpp"
#include "tests/mail/corpus.hpp"

using namespace postroom::mail;
using namespace postroom::mail::agreement;

namespace {

/// What is reached, in percent; less is a step back.
constexpr double least_same = 96.7;

struct share {
  int same = 0, all = 0;
  [[nodiscard]] double percent() const { return all == 0 ? 100 : 100.0 * same / all; }
};

/// Layout is ours to choose: white space counts as one blank. A U+FFFD that is expected says that
/// the other parser could not read the character, so any will do.
bool agrees(const std::string& expected, const std::string& got) {
  auto wanted = clean_line(expected), read = clean_line(got);
  std::string_view a = wanted, b = read;
  while (!a.empty() && !b.empty()) {
    auto length = utf8_length(b);
    if (first_code(a) != 0xFFFD && first_code(a) != first_code(b)) return false;
    a.remove_prefix(utf8_length(a));
    b.remove_prefix(length);
  }
  return a.empty() && b.empty();
}

class comparison {
 public:
  void add(const expected& e);
  void report() const;
  [[nodiscard]] share overall() const;

 private:
  void compare(const expected& e, std::string_view field, const std::optional<std::string>& wanted,
               const std::string& got);
  std::map<std::string, share> x_shares_;
};

void comparison::compare(const expected& e, std::string_view field,
                         const std::optional<std::string>& wanted, const std::string& got) {
  if (!wanted) return;
  auto& s = x_shares_[e.group];
  ++s.all;
  if (agrees(*wanted, got)) {
    ++s.same;
    return;
  }
  auto why = known_difference(e.name, field);
  std::cout << e.name << " " << field << ": " << why << "\n  expected ["
            << clean_line(*wanted).substr(0, 100) << "]\n  read     ["
            << clean_line(got).substr(0, 100) << "]\n";
  if (!why.empty()) return;
  ADD_FAILURE() << e.name << " " << field << " differs without a known reason\n  expected ["
                << clean_line(*wanted).substr(0, 600) << "]\n  read     ["
                << clean_line(got).substr(0, 600) << "]";
}

void comparison::add(const expected& e) {
  auto parsed = parse(e.raw);
  auto m = parsed.ok() ? *parsed : parsed_mail{};
  compare(e, "subject", e.subject, m.subject);
  compare(e, "from name", e.from_name, m.from.name);
  compare(e, "from address", e.from_addr, m.from.addr.empty() ? m.local_sender : m.from.addr);
  // Others give an attached mail apart.
  compare(e, "text", e.text, m.text_is_attached ? std::string{} : m.text);
}

share comparison::overall() const {
  share out;
  for (const auto& [group, s] : x_shares_) {
    out.same += s.same;
    out.all += s.all;
  }
  return out;
}

void comparison::report() const {
  std::cout << "class                         fields    same\n";
  auto line = [](const std::string& group, const share& s) {
    std::cout << std::left << std::setw(28) << group << std::right << std::setw(8) << s.all
              << std::fixed << std::setprecision(1) << std::setw(6) << s.percent() << " %\n";
  };
  for (const auto& [group, s] : x_shares_) line(group, s);
  line("all", overall());
}

}  // namespace

TEST(agreement, mails_are_read_as_other_parsers_tests_expect_or_a_reason_is_known) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  comparison all;
  for (const auto& e : stalwart(corpus())) all.add(e);
  for (const auto& e : mime4j(corpus())) all.add(e);
  for (const auto& e : cpython(corpus())) all.add(e);
  all.report();
  EXPECT_GT(all.overall().all, 0);
  EXPECT_GE(all.overall().percent(), least_same);
}

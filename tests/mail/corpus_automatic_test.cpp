#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "corpus.hpp"
#include "mail/automatic.hpp"
#include "mail/fields.hpp"
#include "mail/report.hpp"

using namespace postroom::mail;

namespace {

/// The mails of the corpus in which a program answers, found by reading them; all but these are
/// not.
const std::map<std::string, std::string> auto_replies = {
    {"rfc3834-03.eml", ""},       {"rfc3834-04.eml", ""},
    {"rfc3834-05.eml", ""},       {"rfc3834-06.eml", ""},
    {"tt_1234211024.txt", ""},    {"non_utf_encoded_mail.eml", ""},
    {"arf-26.eml", ""},           {"exim_plain_text_only_no_arf_part.eml", ""},
    {"rb-issue-368-bug.eml", ""}, {"issue212", ""},
};

bool is_suppressed(origin kind) {
  return kind == origin::auto_reply || kind == origin::out_of_office;
}

}  // namespace

TEST(corpus_automatic,
     automatic_answers_are_told_from_all_other_mails_but_where_a_reason_is_listed) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  std::size_t answers = 0, recognised = 0, others = 0, reports = 0, not_answered = 0;
  for (const auto& m : corpus_mails()) {
    const auto raw = as_delivered(m.path);
    const auto split = split_mail(raw, 4u << 20);
    if (!split) continue;
    const auto v = read_automatic(split->header, read_report(raw).has_value());
    if (v.kind == origin::report) {
      ++reports;
      continue;
    }
    const bool tagged = m.has("auto-submitted") || m.has("auto-or-bulk") || m.has("list");
    EXPECT_FALSE(tagged && may_answer(v).allowed) << m.path;
    const auto row = auto_replies.find(m.path.filename());
    const bool wanted = row != auto_replies.end();
    const bool differs = is_suppressed(v.kind) != wanted;
    (wanted ? answers : others) += 1;
    recognised += wanted && !differs;
    not_answered += !wanted && !may_answer(v).allowed;
    EXPECT_EQ(differs, wanted && !row->second.empty()) << m.path << " " << v.evidence;
    if (differs && wanted) std::cout << "differs: " << row->first << ": " << row->second << "\n";
  }
  std::cout << recognised << " of " << answers << " automatic answers recognised; none of "
            << others << " other mails suppressed, " << not_answered << " of them get no answer; "
            << reports << " reports\n";
  EXPECT_GT(others, 0u);
}

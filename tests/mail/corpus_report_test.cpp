#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include "corpus.hpp"
#include "mail/fold.hpp"
#include "mail/report.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

namespace {

/// Where we say something else than the corpus expects, and why. A line that no longer holds makes
/// the test fail, as a new difference does.
const std::map<std::string, std::string> differences = {
    {"lhost-sendmail-14.eml", "a person forwards a report: it is the person's mail"},
    {"lhost-exchange2007-05.eml", "Status and diagnostic both say 4.4.7"},
    {"lhost-gmx-04.eml", "\"retry timeout exceeded\", of which class 4 is expected of Exim"},
    {"lhost-gmail-08.eml", "a delay that will be retried, so class 4 and not 5"},
    {"lhost-opensmtpd-04.eml", "a delay that will be retried, so class 4 and not 5"},
    {"lhost-opensmtpd-06.eml", "Action is delayed and Status 4.4.7, so class 4 and not 5"},
    {"lhost-opensmtpd-12.eml", "Action is delayed and Status 4.0.0, so class 4 and not 5"},
    {"lhost-sendmail-56.eml", "Status says 5.5.0; the expected code is of another server tried"},
};

/// Reports that nobody calls so, and mails called so that are none; both with the reason.
const std::map<std::string, std::string> called_otherwise = {
    {"gmx_ndn.eml", "a bounce"},
    {"yahoo_ndn.eml", "a bounce"},
    {"multipart-wo-boundary.raw", "a bounce without a boundary"},
    {"broken-mime.eml", "a bounce with broken MIME"},
    {"issue-462.eml", "from postmaster, \"Undeliverable\""},
    {"_Netease_DMARC_Failure_Report__Rent_Reminder.eml",
     "repacked by a mail program, no report left"},
    {"arf-26.eml", "a program leaves a list; nothing is reported"},
    {"lhost-sendmail-14.eml", "a person forwards a report: it is the person's mail"},
    {"rfc3834-03.eml", "an automatic answer"},
    {"rfc3834-04.eml", "an automatic answer"},
    {"rfc3834-05.eml", "an automatic answer"},
    {"rfc3834-06.eml", "an automatic answer"},
    {"make-test-36.eml", "a person forwards a report: it is the person's mail"},
};

/// Where we tell other recipients than the fields of the report name, and why.
const std::map<std::string, std::string> other_recipients = {
    {"lhost-exim-44.eml", "a program with its arguments; we keep all of it"},
    {"lhost-sendmail-38.eml", "a report that returns a report: the inner one names another"},
    {"lhost-sendmail-41.eml", "a report that returns a report: the inner one names another"},
    {"rhost-yahooinc-03.eml", "a report that returns a report: the inner one names another"},
};

/// Expected status codes by file; codes like 5.0.911 are the corpus's own and say no more than the
/// class.
std::map<std::string, std::vector<std::string>> expectations() {
  std::map<std::string, std::vector<std::string>> out;
  std::ifstream table(corpus() / "mail/sisimai/expectations.open.tsv");
  for (std::string line; std::getline(table, line);) {
    const auto cells = columns(line);
    if (line[0] == '#' || cells.size() < 4 || cells[0] == "file" || cells[3] == "vacation")
      continue;
    if (cells[1].empty()) continue;
    out[cells[0]].push_back(cells[1]);
  }
  return out;
}

bool agrees(const std::string& expected, const std::string& got) {
  return expected.substr(1, 4) == ".0.9" ? expected[0] == got[0] : expected == got;
}

/// How many of the expected codes are among the recipients' codes, each taken once.
std::size_t agreeing(const std::vector<std::string>& expected, const report& r) {
  std::vector<std::string> left;
  for (const auto& one : r.recipients) left.push_back(one.status + "?");
  std::size_t out = 0;
  for (const auto& code : expected) {
    auto hit = std::find_if(left.begin(), left.end(), [&](const std::string& got) {
      return agrees(code, got.substr(0, got.size() - 1));
    });
    if (hit == left.end()) continue;
    left.erase(hit);
    ++out;
  }
  return out;
}

using addresses = std::set<std::string>;

/// What a report says by itself of whom it did not reach, read without the code that is tested: in
/// message/delivery-status the Final-Recipient, else X-Failed-Recipients.
addresses named_in(const std::string& raw) {
  static const std::regex final_recipient{
      "(?:^|\n)Final-Recipient:[ \t]*(?:rfc822;)?[ \t]*<?([^\\s<>@;]+@[^\\s<>;]+)",
      std::regex::icase};
  static const std::regex failed{"(?:^|\n)X-Failed-Recipients:((?:[^\n]|\n[ \t])*)",
                                 std::regex::icase};
  static const std::regex address{"[^\\s,<>]+@[^\\s,<>]+"};
  addresses out;
  auto take = [&](const std::string& text, const std::regex& what, std::size_t group) {
    for (std::sregex_iterator it(text.begin(), text.end(), what), end; it != end; ++it)
      out.insert(fold_address((*it)[group].str()));
  };
  take(raw, final_recipient, 1);
  std::smatch list;
  if (out.empty() && std::regex_search(raw, list, failed)) take(list[1].str(), address, 0);
  return out;
}

addresses told_by(const report& r) {
  addresses out;
  for (const auto& one : r.recipients)
    out.insert(fold_address(one.final_address.empty() ? one.address : one.final_address));
  return out;
}

std::string in_one(const addresses& all) {
  std::string out;
  for (const auto& one : all) out += " " + one;
  return out;
}

/// In these directories all mails are reports, whether their features say so or not.
bool is_of_bounces(const fs::path& path) {
  const auto text = path.string();
  return (text.find("/sisimai/") != std::string::npos && text.find("/not/") == std::string::npos) ||
         text.find("/bounces/") != std::string::npos;
}

void check_bounds(const report& r, const fs::path& path) {
  EXPECT_TRUE(is_utf8(r.original_headers)) << path;
  for (const auto& one : r.recipients)
    EXPECT_TRUE(is_utf8(one.address) && is_utf8(one.diagnostic) && is_utf8(one.final_address))
        << path;
}

}  // namespace

TEST(corpus_report, reports_give_the_expected_status_but_where_a_reason_is_listed) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  const auto expected = expectations();
  std::map<std::string, fs::path> files;
  for (const auto& m : corpus_mails()) files.emplace(m.path.filename(), m.path);
  std::size_t all = 0, recognised = 0, codes = 0, agreed = 0;
  for (const auto& [name, wanted] : expected) {
    if (files.count(name) == 0) continue;  // in the list, not in this corpus
    const auto r = read_report(as_delivered(files[name]));
    const auto right = r ? agreeing(wanted, *r) : 0;
    ++all, recognised += r.has_value(), codes += wanted.size(), agreed += right;
    const bool listed = differences.count(name) > 0;
    EXPECT_EQ(right == wanted.size(), !listed) << name;
    if (listed) std::cout << "differs: " << name << ": " << differences.at(name) << "\n";
  }
  std::cout << recognised << " of " << all << " recognised, " << agreed << " of " << codes
            << " status codes as expected\n";
  EXPECT_GE(recognised * 100, all * 99);
  EXPECT_GE(agreed * 100, codes * 97);
}

TEST(corpus_report, reports_give_the_recipients_that_they_name_but_where_a_reason_is_listed) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  std::size_t all = 0, agreed = 0;
  for (const auto& m : corpus_mails()) {
    const auto raw = as_delivered(m.path);
    const auto named = named_in(raw);
    const auto r = read_report(raw);
    if (named.empty() || !r) continue;
    const bool right = told_by(*r) == named;
    const auto row = other_recipients.find(m.path.filename());
    const bool listed = row != other_recipients.end();
    ++all, agreed += right;
    EXPECT_EQ(right, !listed) << m.path << "\n  named:" << in_one(named)
                              << "\n  told:" << in_one(told_by(*r));
    if (listed) std::cout << "differs: " << row->first << ": " << row->second << "\n";
  }
  std::cout << agreed << " of " << all << " reports give the recipients that they name\n";
  EXPECT_GE(agreed * 100, all * 98);
}

TEST(corpus_report, what_is_called_a_report_is_one_and_nothing_else_but_where_a_reason_is_listed) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  std::size_t reports = 0, without_recipient = 0;
  for (const auto& m : corpus_mails()) {
    const auto r = read_report(as_delivered(m.path));
    if (r) check_bounds(*r, m.path);
    reports += r.has_value();
    without_recipient += r && r->recipients.empty() && r->kind != report_kind::feedback;
    const bool called = m.has("dsn") || m.has("arf") || m.has("mdn");
    const bool listed = called_otherwise.count(m.path.filename()) > 0;
    if (listed) std::cout << "differs: " << m.path.filename() << "\n";
    EXPECT_EQ(r.has_value() == (called || is_of_bounces(m.path)), !listed) << m.path;
  }
  std::cout << reports << " reports, " << without_recipient << " of them without a recipient\n";
  EXPECT_GT(reports, 0u);
  EXPECT_LE(without_recipient * 100, reports);
}

#include <gtest/gtest.h>

#include <iostream>

#include "corpus.hpp"
#include "every_string.hpp"
#include "mail/fold.hpp"
#include "mail/org_domain.hpp"
#include "mail/tnef.hpp"
#include "mail/trust.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

namespace {

std::string with_line_ends(const std::string& raw, bool crlf) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r') {
      auto next = raw.find_first_not_of('\r', i);
      if (next != std::string::npos && raw[next] == '\n') continue;
    }
    if (raw[i] == '\n' && crlf) out += '\r';
    out += raw[i];
  }
  return out;
}

bool is_safe_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 &&
         name.find_first_of("/\\\r\n") == std::string::npos && name[0] != '.';
}

void check(const parsed_mail& m, const fs::path& path) {
  every_string(m, [&](const std::string& s) { EXPECT_TRUE(is_utf8(s)) << path; });
  for (const auto& a : m.attachments) EXPECT_TRUE(is_safe_name(a.name)) << path << " " << a.name;
  EXPECT_EQ(m.content_hash.size(), 64u);
}

}  // namespace

TEST(corpus, every_mail_is_parsed_or_refused_with_a_reason_and_gives_utf8) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  int parsed = 0, unparsable = 0, with_text = 0, with_sender = 0;
  for (const auto& path : mails()) {
    ASSERT_TRUE(fs::exists(path)) << path;
    auto raw = read_file(path);
    auto m = parse(raw);
    if (!m) {
      ++unparsable;
      EXPECT_EQ(m.code(), postroom::ec::mail_unparsable) << path;
      std::cout << "unparsable: " << path.filename() << ": " << m.error().detail << "\n";
      continue;
    }
    ++parsed;
    with_text += !m->text.empty();
    with_sender += !m->from.addr.empty();
    check(*m, path);
  }
  std::cout << parsed << " parsed (" << with_sender << " with a sender, " << with_text
            << " with a text), " << unparsable << " unparsable\n";
  EXPECT_GT(parsed, 0);
}

TEST(corpus, the_sender_who_is_judged_is_the_one_that_is_taken) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  const std::string border =
      "Authentication-Results: mx.border.example; dmarc=pass\r\n"
      "Received: from x by mx.border.example; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
  int judged = 0, aligned = 0;
  for (const auto& path : mails()) {
    const auto raw = border + as_delivered(path);
    const auto m = parse(raw);
    if (!m) continue;
    const auto verdict = judge_sender(header_of(raw), *m, {.ids = {"mx.border.example"}});
    ++judged;
    aligned += verdict.kind == trust::aligned;
    EXPECT_EQ(verdict.domain, fold_address(domain_of(m->from.addr))) << path;
    EXPECT_NE(verdict.kind, trust::none) << path;
    EXPECT_EQ(verdict.kind == trust::aligned, m->from_doubt.empty()) << path;
  }
  std::cout << aligned << " of " << judged << " have one well-formed mailbox in From\n";
  EXPECT_GT(aligned, judged / 2);
}

TEST(corpus, the_line_ends_of_a_mail_do_not_change_its_hash) {
  if (!has_corpus()) GTEST_SKIP() << "corpus absent: skipped";
  for (const auto& path : mails()) {
    auto raw = read_file(path);
    auto lf = parse(with_line_ends(raw, false)), crlf = parse(with_line_ends(raw, true));
    ASSERT_EQ(lf.ok(), crlf.ok()) << path;
    if (!lf) continue;
    EXPECT_EQ(lf->content_hash, crlf->content_hash) << path;
    EXPECT_EQ(lf->attachments.size(), crlf->attachments.size()) << path;
  }
}

TEST(corpus, every_winmail_dat_is_read_and_its_pictures_and_documents_have_their_sizes) {
  if (!fs::exists(corpus() / "manifest.tsv")) GTEST_SKIP() << "corpus absent: skipped";
  int compared = 0;
  for (const auto& path : files_of("tnef")) {
    auto bytes = read_file(path);
    auto content = read_tnef(bytes, 1u << 20, 1000);
    // The corpus keeps the files of some beside them, texts with other line ends.
    bool broken = path.filename() == "badchecksum.tnef" || path.extension() != ".tnef";
    EXPECT_TRUE(content || broken) << path;
    for (const auto& file : content ? content->files : std::vector<tnef_file>{}) {
      auto beside = fs::path(path).replace_extension() / file.name;
      auto kind = beside.extension();
      if (kind != ".jpg" && kind != ".png" && kind != ".doc" && kind != ".mp3") continue;
      if (!fs::exists(beside)) continue;
      EXPECT_EQ(file.size, fs::file_size(beside)) << beside;
      ++compared;
    }
  }
  EXPECT_GT(compared, 3);
}

#include "partitions/attachment_policy.hpp"

#include <gtest/gtest.h>

namespace postroom::partitions {
namespace {

using config::v1::AttachmentPolicy;
using strings = std::vector<std::string>;

mail::attachment file(const std::string& name, const std::string& type = "application/pdf",
                      uint64_t size = 10) {
  return {name, type, size, false, ""};
}

mail::parsed_mail mail_with(std::vector<mail::attachment> attachments) {
  mail::parsed_mail out;
  out.attachments = std::move(attachments);
  return out;
}

TEST(attachment_policy, names_are_compared_as_systems_open_them) {
  struct {
    const char* form;
    const char* name;
    bool fits;
  } const rows[] = {
      {"*.exe", "setup.exe", true},
      {"*.exe", "SETUP.EXE", true},
      {"*.EXE", "setup.exe", true},
      {"*.exe", "invoice.pdf.exe", true},
      {"*.exe", "setup.exe.", true},
      {"*.exe", "setup.exe . .", true},
      {"*.exe", "setup.exe.pdf", false},
      {"*.exe", "setup.exec", false},
      {"*.exe", "exe", false},
      {"invoice*.zip", "Invoice-2026.zip", true},
      {"*invoice*", "my invoice.pdf", true},
      {"*.ü", "a.Ü", true},
      {"*", "", true},
      {"*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false},
      {"*aab", "aaaab", true},
      {"readme.txt", "readme.txt", true},
      {"readme.txt", "readme.txt2", false},
  };
  for (const auto& r : rows)
    EXPECT_EQ(is_of_form(r.name, r.form), r.fits) << r.form << ' ' << r.name;
}

AttachmentPolicy strict(const std::string& action) {
  AttachmentPolicy p;
  p.set_max_size("1KiB");
  p.set_max_count(3);
  p.add_block_types("video/*");
  p.add_block_names("*.exe");
  p.set_action(action);
  return p;
}

const std::vector<mail::attachment> files{file("a.pdf"),
                                          file("b.exe"),
                                          file("c.mp4", "Video/mp4"),
                                          file("d.pdf"),
                                          file("e.pdf", "application/pdf", 1025),
                                          file("f.pdf", "application/pdf", 1024)};

TEST(attachment_policy, strip_withholds_each_that_is_over_a_limit_and_tells_why) {
  const auto v = judge_attachments(strict("strip"), mail_with(files));
  EXPECT_FALSE(v.refused);
  EXPECT_EQ(v.withheld,
            (strings{"", R"(its name is blocked by "*.exe")", R"(its type is blocked by "video/*")",
                     "a mail may have 3 at most", "it is larger than 1KiB (1025 bytes)",
                     "a mail may have 3 at most"}));
  ASSERT_EQ(v.notes.size(), 5u);
  EXPECT_EQ(
      v.notes[0],
      R"(The attachment "b.exe" is only in the stored mail: its name is blocked by "*.exe".)");
}

TEST(attachment_policy, keep_notes_it_and_withholds_nothing) {
  for (const auto* action : {"", "keep"}) {
    const auto v = judge_attachments(strict(action), mail_with(files));
    EXPECT_TRUE(v.withheld.empty());
    EXPECT_FALSE(v.refused);
    ASSERT_EQ(v.notes.size(), 5u);
    EXPECT_EQ(v.notes[1],
              R"(The attachment "c.mp4" is against the policy: its type is blocked by "video/*".)");
  }
}

TEST(attachment_policy, quarantine_refuses_the_mail_for_one_of_them) {
  EXPECT_TRUE(
      judge_attachments(strict("quarantine"), mail_with({file("a.pdf"), file("b.exe")})).refused);
  EXPECT_FALSE(judge_attachments(strict("quarantine"), mail_with({file("a.pdf")})).refused);
  EXPECT_FALSE(judge_attachments(strict("quarantine"), {}).refused);
}

TEST(attachment_policy, what_could_be_opened_as_a_file_is_judged_by_name_and_type) {
  mail::parsed_mail mail = mail_with({file("a.pdf"), file("b.eml", "message/rfc822")});
  mail.hidden_files = {{"c.exe", "", std::nullopt}, {"d.mp4", "video/mp4", 1}, {"e.pdf", "", 0}};
  auto v = judge_attachments(strict("strip"), mail);
  EXPECT_EQ(v.withheld, (strings{"", R"(its type is blocked by "video/*")"}));
  EXPECT_TRUE(v.withheld_elsewhere);
  EXPECT_EQ(
      v.notes,
      (strings{R"(The file "c.exe" that is not listed as an attachment is only in the stored )"
               R"(mail: its name is blocked by "*.exe".)",
               R"(The file "d.mp4" in the attachment "b.eml" is only in the stored mail: )"
               R"(its type is blocked by "video/*".)"}));
  v = judge_attachments(strict("quarantine"), mail);
  EXPECT_TRUE(v.refused);
}

TEST(attachment_policy, a_mail_of_which_not_all_could_be_looked_at_is_over_any_limit) {
  auto mail = mail_with({file("a.pdf")});
  mail.has_more_files = true;
  EXPECT_TRUE(judge_attachments(strict("quarantine"), mail).refused);
  const auto kept = judge_attachments(strict("keep"), mail);
  EXPECT_EQ(kept.notes, strings{"What else the mail holds is against the policy: not all of it can "
                                "be looked at."});
  EXPECT_FALSE(kept.refused);
  AttachmentPolicy none;
  none.set_action("quarantine");
  EXPECT_FALSE(judge_attachments(none, mail).refused) << "there is nothing that it could be over";
}

TEST(attachment_policy, without_limits_everything_is_kept_without_a_word) {
  const auto v = judge_attachments({}, mail_with(files));
  EXPECT_TRUE(v.withheld.empty() && v.notes.empty() && !v.refused);
}

TEST(attachment_policy, very_many_are_noted_in_one_sentence) {
  const auto v = judge_attachments(strict("strip"), mail_with(std::vector(1000, file("b.exe"))));
  EXPECT_EQ(v.notes.size(), 51u);
  EXPECT_EQ(v.notes.back(), "So are 950 more.");
  EXPECT_EQ(v.withheld.size(), 1000u);
}

}  // namespace
}  // namespace postroom::partitions

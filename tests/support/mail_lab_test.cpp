#include "tests/support/mail_lab.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/lmtp_client.hpp"

namespace postroom::support {
namespace {

const std::string mail = "From: a@example.org\nSubject: one\n\n.dot\nlast line without an end";

TEST(mail_lab, delivers_to_any_user_and_shows_what_lies_in_the_mailbox) {
  auto& lab = mail_lab::shared();
  const auto user = lab.fresh_user();
  EXPECT_EQ(lab.count(user), 0U);
  lab.deliver(user, std::vector<std::string>{mail, mail});
  const auto mails = lab.mails(user);
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_TRUE(mails[0].unseen_by_imap);
  EXPECT_EQ(mails[0].flags, "");
  EXPECT_NE(mail_lab::read(mails[0]).find("\n.dot\nlast line without an end\n"), std::string::npos);
}

TEST(mail_lab, shows_mails_in_order_of_arrival_whatever_digits_their_names_have) {
  auto& lab = mail_lab::shared();
  const auto user = lab.fresh_user();
  lab.deliver(user, mail);
  const auto folder = std::filesystem::path(lab.mails(user).at(0).path).parent_path();
  for (const auto* name : {"99.M999999P7.host", "100.M8P7.host", "100.M20P7.host"})
    std::ofstream(folder / name) << mail;
  std::string order;
  for (const auto& m : lab.mails(user)) {
    const auto name = std::filesystem::path(m.path).filename().string();
    order += name.size() > 20 ? "delivered" : name + " ";
  }
  EXPECT_EQ(order, "99.M999999P7.host 100.M8P7.host 100.M20P7.host delivered");
}

TEST(mail_lab, gives_each_test_a_mailbox_of_its_own) {
  auto& lab = mail_lab::shared();
  EXPECT_NE(lab.fresh_user(), lab.fresh_user());
}

TEST(mail_lab, comes_back_on_its_ports_with_its_mails_after_a_stop) {
  mail_lab lab;
  lab.deliver("it", mail);
  lab.stop();
  EXPECT_THROW(lab.deliver("it", mail), std::runtime_error);
  lab.start();
  lab.deliver("it", mail);
  EXPECT_EQ(lab.count("it"), 2U);
}

TEST(mail_lab, removes_its_folder_at_the_end_even_when_frozen) {
  std::string folder;
  {
    mail_lab lab;
    folder = lab.folder();
    lab.freeze();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(mail_lab, refuses_users_that_were_not_named) {
  mail_lab lab({"--users", "it,hr"});
  lab.deliver("it", mail);
  EXPECT_THROW(lab.deliver("sales", mail), std::runtime_error);
}

}  // namespace
}  // namespace postroom::support

#include <gtest/gtest.h>

#include "parsed.hpp"

using namespace postroom::mail;

TEST(sender, the_return_path_is_the_sender_of_a_mail_that_names_none) {
  const std::string path = "Return-Path: <una@example.com>\nReturn-Path: <eve@example.net>\n";
  struct row {
    std::string header;
    address from;
    bool from_envelope = true;
  };
  const row rows[] = {
      {path, {"", "una@example.com"}},
      {path + "From: \"Una User\"\n", {"Una User", "una@example.com"}},
      {path + "From: Cron <root>\n", {"Cron", "una@example.com"}},
      {path + "From: <root>\n", {"root", "una@example.com"}},
      {path + "From: Ann <a@example.org>\n", {"Ann", "a@example.org"}, false},
      {path + "Sender: a@example.org\n", {"", "a@example.org"}, false},
      {"Return-Path: <>\n" + path, {}, false},
      {"Return-Path: nobody\n", {}, false},
  };
  for (const auto& r : rows) {
    const auto m = parsed(r.header + "\nx");
    EXPECT_EQ(m.from, r.from) << r.header;
    EXPECT_EQ(m.from_envelope, r.from_envelope) << r.header;
    EXPECT_EQ(m.local_sender, "") << r.header;
  }
}

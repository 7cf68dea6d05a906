#include "mail/reply_prefix.hpp"

#include <gtest/gtest.h>

#include <string>

namespace postroom::mail {

TEST(reply_prefix, what_mail_programs_put_before_a_subject_is_passed_over) {
  const std::pair<const char*, const char*> rows[] = {
      {"#close IT-1", "#close IT-1"},
      {"Re: #close IT-1", "#close IT-1"},
      {"  AW:WG:  #close", "#close"},
      {"RE: Fwd: aw: SV: Antw: x", "x"},
      {"Re[2]: x", "x"},
      {"Re (12) : x", "x"},
      {"RE : x", "x"},
      {"回复：x", "x"},
      {"Re:", ""},
      {"", ""},
  };
  for (const auto& [subject, rest] : rows) EXPECT_EQ(without_reply_prefixes(subject), rest);
}

TEST(reply_prefix, words_that_only_begin_alike_stay) {
  for (const auto* subject : {"Reset: the password", "re the printer", "[EXT] Re: x", "Re[x]: y",
                              "Re[1234]: y", "Urgent: x", ": x"})
    EXPECT_EQ(without_reply_prefixes(subject), subject);
}

TEST(reply_prefix, a_subject_full_of_them_is_not_read_to_its_end) {
  std::string many;
  for (int i = 0; i < 25; ++i) many += "Re: ";
  EXPECT_EQ(without_reply_prefixes(many + "x"), "Re: Re: Re: Re: Re: x");
}

}  // namespace postroom::mail

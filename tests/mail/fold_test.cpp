#include "mail/fold.hpp"

#include <gtest/gtest.h>

using namespace postroom::mail;

TEST(fold, upper_and_lower_case_are_the_same_in_every_script) {
  EXPECT_EQ(fold_text("RÜCKFRAGE"), fold_text("rückfrage"));
  EXPECT_EQ(fold_text("STRASSE"), fold_text("straße"));
  EXPECT_EQ(fold_text("ПРИНТЕР"), fold_text("принтер"));
  EXPECT_NE(fold_text("Ruckfrage"), fold_text("Rückfrage"));
}

TEST(fold, composed_and_decomposed_letters_are_the_same) {
  EXPECT_EQ(fold_text("Ru\xCC\x88"
                      "ckfrage"),
            fold_text("Rückfrage"));
}

TEST(fold, any_bytes_give_text) {
  EXPECT_EQ(fold_text(""), "");
  EXPECT_EQ(fold_text("A\xFF\xC3"), fold_text("a\xEF\xBF\xBD\xEF\xBF\xBD"));
  EXPECT_EQ(fold_text(std::string("A\0B", 3)), fold_text("a\xEF\xBF\xBD"
                                                         "b"));
}

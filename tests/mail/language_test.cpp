#include "mail/language.hpp"

#include <gtest/gtest.h>

using namespace postroom::mail;

namespace {

struct row {
  const char* code;
  const char* text;
};

const row texts[] = {
    {"de", "Guten Tag, mein Drucker ist kaputt und ich kann nicht drucken. Bitte um Hilfe."},
    {"en", "Hello, my printer is broken and I can not print. Please help me with it."},
    {"fr",
     "Bonjour, mon imprimante est en panne et je ne peux pas imprimer. Merci pour votre aide."},
    {"es",
     "Hola, mi impresora no funciona y no puedo imprimir para el cliente. Gracias por la ayuda."},
    {"it", "Ciao, la mia stampante non funziona e non posso stampare. Grazie per il vostro aiuto."},
    {"nl", "Hallo, mijn printer is kapot en ik kan niet printen. Graag hulp met het apparaat."},
    {"", "Printer 4711 kaputt"},
    {"", ""},
    {"", "0000 1234 5678 | -- ** |"},
    {"", "プリンターが壊れています。助けてください。"},
};

class language_of_a_text : public testing::TestWithParam<row> {};

TEST_P(language_of_a_text, is_told_by_its_common_words_or_not_at_all) {
  EXPECT_EQ(guess_language(GetParam().text), GetParam().code) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(texts, language_of_a_text, testing::ValuesIn(texts));

}  // namespace

TEST(language, a_text_of_two_languages_is_of_neither) {
  EXPECT_EQ(guess_language("the and is you to. und der die das ich."), "");
}

TEST(language, only_the_start_of_a_long_text_is_looked_at) {
  EXPECT_EQ(guess_language(std::string(16u << 10, '-') + " the and is you to of it my"), "");
}

TEST(language, a_field_names_primary_tags_and_nothing_else_counts) {
  using list = std::vector<std::string>;
  EXPECT_EQ(read_languages("de-AT, EN, sr_Latn"), (list{"de", "en", "sr"}));
  EXPECT_EQ(read_languages("x-klingon, i-default, 12, , deutsch (German)"), list{});
  EXPECT_EQ(read_languages("de, de, de, de, de, de, de").size(), 5u);
}

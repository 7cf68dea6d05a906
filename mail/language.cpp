#include "mail/language.hpp"

#include <algorithm>
#include <array>

#include "mail/ascii.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_text = 16u << 10, max_languages = 5;
/// Words that must speak for a language, and how many times as many as for the next one.
constexpr int least_words = 3, least_lead = 2;

struct language_words {
  const char* code;
  std::array<std::string_view, 24> words;  ///< ASCII, lower case, rare in the other languages
};

constexpr language_words table[] = {
    {"de", {"und", "der",  "die",   "das",  "ich",   "nicht", "ist",   "mit",
            "ein", "eine", "einen", "auf",  "bitte", "wir",   "sie",   "zu",
            "den", "dem",  "sich",  "auch", "kann",  "wird",  "haben", "mein"}},
    {"en",
     {"the",  "and",  "is",  "you", "to",   "of",  "it", "my", "not", "please", "have", "with",
      "this", "that", "are", "for", "your", "can", "we", "i",  "was", "be",     "from", "when"}},
    {"fr", {"le",  "les", "et",    "est",     "je",   "vous", "nous",  "pas",
            "une", "des", "du",    "pour",    "dans", "avec", "mon",   "sur",
            "que", "qui", "merci", "bonjour", "ne",   "ce",   "cette", "aux"}},
    {"es", {"el",   "los",  "las",  "y",   "es",  "que",     "por",   "para",
            "con",  "una",  "mi",   "del", "se",  "gracias", "hola",  "pero",
            "como", "este", "esta", "su",  "muy", "puedo",   "tengo", "favor"}},
    {"it", {"il",  "gli",    "che",    "di",   "per",   "con",    "sono", "una",
            "non", "mi",     "della",  "del",  "nel",   "grazie", "ciao", "ho",
            "ma",  "questo", "questa", "come", "anche", "alla",   "mio",  "sul"}},
    {"nl", {"het",    "een",   "van", "en",   "ik",   "niet", "dat",   "met",
            "voor",   "zijn",  "op",  "mijn", "maar", "naar", "ook",   "wij",
            "jullie", "graag", "bij", "dit",  "heb",  "kan",  "wordt", "aan"}},
};
constexpr std::size_t languages = std::size(table);

/// Bytes beyond ASCII are letters here: a word is cut at what stands between words.
bool is_letter(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  std::size_t size = 0;
  while (size < text.size() && is_letter(text[size])) ++size;
  const auto word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

void count_word(std::string_view word, std::array<int, languages>& hits) {
  constexpr std::size_t longest = 8;
  if (word.size() > longest) return;
  for (std::size_t i = 0; i < languages; ++i)
    if (std::ranges::any_of(table[i].words,
                            [&](std::string_view w) { return equal_ignoring_case(w, word); }))
      ++hits[i];
}

}  // namespace

std::vector<std::string> read_languages(std::string_view content_language) {
  std::vector<std::string> out;
  content_language = content_language.substr(0, 1024);
  while (!content_language.empty() && out.size() < max_languages) {
    const auto comma = content_language.find(',');
    const auto tag = trimmed(content_language.substr(0, comma));
    auto primary = lowered(tag.substr(0, tag.find_first_of("-_ (")));
    // ISO 639: two or three letters; "i" and "x" begin tags that are no language.
    const bool letters = std::ranges::all_of(primary, [](char c) { return c >= 'a' && c <= 'z'; });
    if (letters && (primary.size() == 2 || primary.size() == 3)) out.push_back(std::move(primary));
    content_language.remove_prefix(comma == std::string_view::npos ? content_language.size()
                                                                   : comma + 1);
  }
  return out;
}

std::string guess_language(std::string_view text) {
  text = text.substr(0, max_text);
  std::array<int, languages> hits{};
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) count_word(word, hits);
  const auto best = std::ranges::max_element(hits);
  const auto at = best - hits.begin();
  auto rest = hits;
  rest[static_cast<std::size_t>(at)] = 0;
  const int next = *std::ranges::max_element(rest);
  return *best >= least_words && *best >= least_lead * next ? table[at].code : "";
}

}  // namespace postroom::mail

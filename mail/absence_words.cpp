#include "mail/absence_words.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "mail/ascii.hpp"
#include "mail/fold.hpp"

namespace postroom::mail {

namespace {

/// As `fold_text` gives them.
constexpr std::string_view absence[] = {"out of office",
                                        "out of the office",
                                        "out-of-office",
                                        "on vacation",
                                        "vacation reply",
                                        "away from my mail",
                                        "on holiday",
                                        "on leave",
                                        "abwesenheit",
                                        "abwesend",
                                        "nicht im büro",
                                        "im urlaub",
                                        "absence du bureau",
                                        "absent du bureau",
                                        "message d'absence",
                                        "en congé",
                                        "fuera de la oficina",
                                        "fuera de oficina",
                                        "ausencia",
                                        "fuori sede",
                                        "fuori ufficio",
                                        "assenza",
                                        "afwezig",
                                        "niet op kantoor",
                                        "fora do escritório",
                                        "ausência",
                                        "nieobecność",
                                        "poza biurem",
                                        "frånvaro",
                                        "fravær",
                                        "ikke på kontoret",
                                        "ikke til stede",
                                        "poissa",
                                        "poissaolo",
                                        "mimo kancelář",
                                        "nepřítomnost",
                                        "вне офиса",
                                        "отсутств",
                                        "в отпуске",
                                        "不在",
                                        "休暇",
                                        "外出",
                                        "休假",
                                        "atvaļinājum"};

/// Outlook's, for an absence, in its languages.
constexpr std::string_view outlook[] = {"automatic reply",
                                        "automatische antwort",
                                        "réponse automatique",
                                        "respuesta automática",
                                        "resposta automàtica",
                                        "risposta automatica",
                                        "automatisch antwoord",
                                        "resposta automática",
                                        "automatyczna odpowiedź",
                                        "automatiskt svar",
                                        "autosvar",
                                        "automatisk svar",
                                        "automaattinen vastaus",
                                        "automatická odpověď",
                                        "automatická odpoveď",
                                        "automatski odgovor",
                                        "samodejni odgovor",
                                        "automatikus válasz",
                                        "răspuns automat",
                                        "otomatik yanıt",
                                        "αυτόματη απάντηση",
                                        "автоматический ответ",
                                        "автоматична відповідь",
                                        "автоматичен отговор",
                                        "automātiska atbilde",
                                        "automatinis atsakymas",
                                        "automaatvastus",
                                        "자동 회신",
                                        "自動応答",
                                        "自動返信",
                                        "自动答复",
                                        "自动回复",
                                        "自動回覆"};

/// Other programs' that answer for somebody who is away.
constexpr std::string_view away_formats[] = {"out of office autoreply",
                                             "out of office auto-reply",
                                             "out of office reply",
                                             "out of office",
                                             "out of the office",
                                             "out-of-office",
                                             "vacation reply",
                                             "away from my mail",
                                             "abwesenheitsnotiz",
                                             "abwesenheitsmeldung",
                                             "absence du bureau",
                                             "absent du bureau",
                                             "message d'absence",
                                             "fuera de la oficina",
                                             "fuera de oficina",
                                             "fuori sede",
                                             "fuori ufficio",
                                             "afwezigheidsbericht",
                                             "niet op kantoor",
                                             "fora do escritório",
                                             "poza biurem",
                                             "ikke på kontoret",
                                             "mimo kancelář",
                                             "вне офиса"};

constexpr std::string_view reply_formats[] = {
    "auto reply",    "auto-reply",          "autoreply",          "auto response",
    "auto-response", "autoresponse",        "automatic response", "automated response",
    "autoantwort",   "eingangsbestätigung", "автоответ",          "autoodpowiedź"};

template <class Words>
bool has_any(std::string_view folded, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view w) { return folded.find(w) != std::string::npos; });
}

std::string folded_start(std::string_view subject) {
  return fold_text(subject.substr(0, 300));
}

/// Whether the text is one of the formats, alone or before what it answers to: "Out of Office: x",
/// "[Auto-Reply] x".
template <class Formats>
bool begins_with_any(std::string_view text, const Formats& formats) {
  static constexpr std::string_view ends[] = {":", "：", "]", ")", "】"};
  return std::any_of(std::begin(formats), std::end(formats), [&](std::string_view format) {
    if (text.substr(0, format.size()) != format) return false;
    const auto rest = trimmed(text.substr(format.size()));
    return rest.empty() || std::any_of(std::begin(ends), std::end(ends), [&](std::string_view e) {
             return rest.substr(0, e.size()) == e;
           });
  });
}

std::string_view without_bracket(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view open : {"[", "(", "【"})
    if (text.substr(0, open.size()) == open) return trimmed(text.substr(open.size()));
  return text;
}

}  // namespace

bool speaks_of_absence(std::string_view subject) {
  const auto text = folded_start(subject);
  return has_any(text, absence) || has_any(text, outlook);
}

answer_format format_of(std::string_view subject) {
  const auto folded = folded_start(subject);
  const auto text = without_bracket(folded);
  if (begins_with_any(text, outlook) || begins_with_any(text, away_formats))
    return answer_format::away;
  // Notes: "AUTO: Ann Lee is out of the office".
  if (text.substr(0, 5) == "auto:" && has_any(text, absence)) return answer_format::away;
  return begins_with_any(text, reply_formats) ? answer_format::reply : answer_format::none;
}

}  // namespace postroom::mail

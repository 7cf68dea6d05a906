#include "mail/absence_words.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "mail/fold.hpp"

namespace postroom::mail {

namespace {

/// As `fold_text` gives them.
constexpr std::string_view absence[] = {
    "out of office", "out of the office", "out-of-office", "on vacation", "vacation reply",
    "away from my mail", "on holiday", "on leave",
    // Outlook's, for an absence, in each of its languages
    "automatic reply", "automatische antwort", "réponse automatique", "respuesta automática",
    "risposta automatica", "automatisch antwoord", "resposta automática", "automatyczna odpowiedź",
    "automatiskt svar", "autosvar", "automatisk svar", "automaattinen vastaus",
    "automatická odpověď", "автоматический ответ", "自動応答", "自動返信", "自动答复", "自动回复",
    "自動回覆", "abwesenheit", "abwesend", "nicht im büro", "im urlaub", "absence du bureau",
    "absent du bureau", "message d'absence", "en congé", "fuera de la oficina", "fuera de oficina",
    "ausencia", "fuori sede", "fuori ufficio", "assenza", "afwezig", "niet op kantoor",
    "fora do escritório", "ausência", "nieobecność", "poza biurem", "frånvaro", "fravær",
    "ikke på kontoret", "ikke til stede", "poissa", "poissaolo", "mimo kancelář", "nepřítomnost",
    "вне офиса", "отсутств", "в отпуске", "不在", "休暇", "外出", "休假", "atvaļinājum"};

constexpr std::string_view auto_reply[] = {
    "auto reply",          "auto-reply", "autoreply",          "auto response",
    "auto-response",       "autorespon", "automatic response", "automated response",
    "eingangsbestätigung", "автоответ",  "autoodpowiedź"};

template <class Words>
bool has_any(std::string_view subject, const Words& words) {
  const auto folded = fold_text(subject.substr(0, 300));
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view w) { return folded.find(w) != std::string::npos; });
}

}  // namespace

bool reads_like_absence(std::string_view subject) {
  return has_any(subject, absence);
}

bool reads_like_auto_reply(std::string_view subject) {
  return has_any(subject, auto_reply);
}

}  // namespace postroom::mail

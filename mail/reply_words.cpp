#include "mail/reply_words.hpp"

#include <algorithm>
#include <iterator>

#include "mail/ascii.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_label = 40, max_mobile_line = 100;

template <class Words>
bool has_any(std::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) {
    return find_ignoring_case(text, w) != std::string_view::npos;
  });
}

template <class Words>
bool starts_with_any(std::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view w) { return starts_ignoring_case(text, w); });
}

constexpr std::string_view verbs[] = {
    "wrote",    "schrieb",  "geschrieben", "a écrit",    "escribió",  "ha scritto", "schreef",
    "escreveu", "napisał",  "pisze",       "skrev",      "kirjoitti", "napsal",     "пишет",
    "написал",  "писал",    "のメール",    "書きました", "写道",      "寫道",       "geschreven",
    "yazdı",    "yazmış",   "님이 작성",   "ezt írta",   "írta:",     "пише",       "a scris",
    "έγραψε",   "написа",   "napisao",     "napisala",   "написао",   "napísal",    "je oseba",
    "rašė",     "rakstīja", "kirjutas",    "מאת",        "כתב",       "كتب",        "كتابة",
    "đã viết",  "menulis",  "escribio"};

constexpr std::string_view openers[] = {
    "on ", "at ", "am ", "le ",   "el ", "il ", "op ",    "em ", "w dniu ", "dne ",  "den ", "på ",
    "pon", "wt.", "śr.", "czw",   "pt.", "sob", "niedz",  "po ", "út ",     "st ",   "čt ",  "pá ",
    "so ", "ne ", "în ", "Στις ", "На ", "v ",  "v pon",  "V ",  "ut ",     "št ",   "pi ",  "вт",
    "ср",  "чт",  "пт",  "сб",    "нд",  "пн",  "בתאריך", "في ", "Vào ",    "Pada ", "um "};

constexpr std::string_view separators[] = {"original message",
                                           "ursprüngliche nachricht",
                                           "original-nachricht",
                                           "originalnachricht",
                                           "message d'origine",
                                           "message d’origine",
                                           "message original",
                                           "mensaje original",
                                           "messaggio originale",
                                           "oorspronkelijk bericht",
                                           "mensagem original",
                                           "wiadomość oryginalna",
                                           "oryginalna wiadomość",
                                           "ursprungligt meddelande",
                                           "originalmeddelande",
                                           "oprindelig meddelelse",
                                           "opprinnelig melding",
                                           "alkuperäinen viesti",
                                           "původní zpráva",
                                           "исходное сообщение",
                                           "пересылаемое сообщение",
                                           "元のメッセージ",
                                           "原始邮件",
                                           "邮件原件",
                                           "原始郵件",
                                           "original appointment",
                                           "özgün ileti",
                                           "orijinal mesaj",
                                           "원본 메시지",
                                           "eredeti üzenet",
                                           "оригінальне повідомлення",
                                           "початкове повідомлення",
                                           "mesaj original",
                                           "mesajul original",
                                           "αρχικό μήνυμα",
                                           "Αρχικό μήνυμα",
                                           "Оригинално съобщение",
                                           "izvorna poruka",
                                           "originalna poruka",
                                           "pôvodná správa",
                                           "izvirno sporočilo",
                                           "הודעה מקורית",
                                           "الرسالة الأصلية",
                                           "thư gốc",
                                           "pesan asli"};

constexpr std::string_view mobile[] = {"sent from my",
                                       "sent from mail",
                                       "sent from outlook",
                                       "sent from yahoo",
                                       "sent from samsung",
                                       "sent via",
                                       "sent with",
                                       "get outlook for",
                                       "von meinem",
                                       "gesendet von",
                                       "gesendet mit",
                                       "diese nachricht wurde von mein",
                                       "outlook für",
                                       "holen sie sich outlook",
                                       "envoyé de mon",
                                       "envoyé depuis",
                                       "obtenir outlook",
                                       "enviado desde mi",
                                       "enviado desde",
                                       "obtener outlook",
                                       "inviato da",
                                       "ottieni outlook",
                                       "verstuurd vanaf",
                                       "verzonden vanaf",
                                       "enviado do meu",
                                       "obter o outlook",
                                       "wysłane z",
                                       "wysłano z",
                                       "skickat från min",
                                       "sendt fra min",
                                       "lähetetty ",
                                       "odesláno z",
                                       "Отправлено с",
                                       "Отправлено из",
                                       "发自我的",
                                       "從我的",
                                       "iPhoneから送信",
                                       "iphoneから送信",
                                       "スマートフォンから送信"};

constexpr std::string_view below[] = {
    "see below",  "below in",        "answers below", "comments below",
    "my answers", "inline",          "in-line",       "siehe unten",
    "s. unten",   "antworten unten", "im text",       "voir ci-dessous",
    "ci-dessous", "ver abajo",       "más abajo",     "vedi sotto",
    "di seguito", "zie onder",       "hieronder",     "veja abaixo",
    "abaixo",     "poniżej",         "se nedan",      "se nedenfor",
    "katso alla", "viz níže",        "ниже",          "以下の",
    "见下",       "in red"};

bool has_date_or_address(std::string_view text) {
  return text.find('@') != std::string_view::npos ||
         std::count_if(text.begin(), text.end(), is_digit) >= 4;
}

}  // namespace

bool ends_with_colon(std::string_view text) {
  for (std::string_view mark : {"\u202C", "\u200F", "\u200E"})
    if (text.ends_with(mark)) text.remove_suffix(mark.size());
  return text.ends_with(':') || text.ends_with("：");
}

bool is_attribution(std::string_view text) {
  if (!ends_with_colon(text) || !has_date_or_address(text)) return false;
  // "2026-03-02 10:00 GMT+01:00 Ann <ann@example.org>:" has no verb.
  const bool is_bare = is_digit(text[0]) && text.ends_with(">:");
  return is_bare || has_any(text, verbs);
}

bool opens_attribution(std::string_view line) {
  return is_digit(line[0]) || starts_with_any(line, openers);
}

bool is_separator(std::string_view line) {
  return line.starts_with("--") && has_any(line, separators);
}

bool is_mobile_signature(std::string_view line) {
  return line.size() <= max_mobile_line && starts_with_any(line, mobile);
}

bool points_below(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if ((at == 0 || !is_alnum(text[at - 1])) && starts_with_any(text.substr(at), below))
      return true;
  return false;
}

}  // namespace postroom::mail

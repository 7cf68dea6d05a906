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
    "wrote",    "schrieb", "geschrieben", "a écrit",    "escribió",  "ha scritto", "schreef",
    "escreveu", "napisał", "pisze",       "skrev",      "kirjoitti", "napsal",     "пишет",
    "написал",  "писал",   "のメール",    "書きました", "写道",      "寫道",       "geschreven"};

constexpr std::string_view openers[] = {"on ", "at ",     "am ",  "le ",  "el ",   "il ", "op ",
                                        "em ", "w dniu ", "dne ", "den ", "på ",   "pon", "wt.",
                                        "śr.", "czw",     "pt.",  "sob",  "niedz", "po ", "út ",
                                        "st ", "čt ",     "pá ",  "so ",  "ne "};

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
                                           "original appointment"};

struct labels_of {
  header_label what;
  std::string_view label;
};

constexpr labels_of labels[] = {{header_label::from, "from"},
                                {header_label::from, "von"},
                                {header_label::from, "de"},
                                {header_label::from, "da"},
                                {header_label::from, "van"},
                                {header_label::from, "od"},
                                {header_label::from, "från"},
                                {header_label::from, "fra"},
                                {header_label::from, "lähettäjä"},
                                {header_label::from, "От"},
                                {header_label::from, "差出人"},
                                {header_label::from, "发件人"},
                                {header_label::from, "寄件者"},
                                {header_label::date, "sent"},
                                {header_label::date, "date"},
                                {header_label::date, "gesendet"},
                                {header_label::date, "datum"},
                                {header_label::date, "envoyé"},
                                {header_label::date, "enviado"},
                                {header_label::date, "enviado el"},
                                {header_label::date, "enviada em"},
                                {header_label::date, "fecha"},
                                {header_label::date, "inviato"},
                                {header_label::date, "data"},
                                {header_label::date, "verzonden"},
                                {header_label::date, "wysłano"},
                                {header_label::date, "skickat"},
                                {header_label::date, "sendt"},
                                {header_label::date, "dato"},
                                {header_label::date, "lähetetty"},
                                {header_label::date, "päivämäärä"},
                                {header_label::date, "odesláno"},
                                {header_label::date, "Отправлено"},
                                {header_label::date, "Дата"},
                                {header_label::date, "送信日時"},
                                {header_label::date, "日付"},
                                {header_label::date, "发送时间"},
                                {header_label::date, "发送日期"},
                                {header_label::date, "寄件日期"},
                                {header_label::date, "日期"},
                                {header_label::to, "to"},
                                {header_label::to, "an"},
                                {header_label::to, "à"},
                                {header_label::to, "a"},
                                {header_label::to, "para"},
                                {header_label::to, "naar"},
                                {header_label::to, "aan"},
                                {header_label::to, "do"},
                                {header_label::to, "till"},
                                {header_label::to, "til"},
                                {header_label::to, "vastaanottaja"},
                                {header_label::to, "komu"},
                                {header_label::to, "Кому"},
                                {header_label::to, "宛先"},
                                {header_label::to, "收件人"},
                                {header_label::subject, "subject"},
                                {header_label::subject, "betreff"},
                                {header_label::subject, "objet"},
                                {header_label::subject, "asunto"},
                                {header_label::subject, "oggetto"},
                                {header_label::subject, "onderwerp"},
                                {header_label::subject, "assunto"},
                                {header_label::subject, "temat"},
                                {header_label::subject, "ämne"},
                                {header_label::subject, "emne"},
                                {header_label::subject, "aihe"},
                                {header_label::subject, "předmět"},
                                {header_label::subject, "Тема"},
                                {header_label::subject, "件名"},
                                {header_label::subject, "主题"},
                                {header_label::subject, "主旨"}};

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

/// A line without the stars that bold text becomes.
std::string_view without_stars(std::string_view line) {
  while (!line.empty() && (line.front() == '*' || line.front() == ' ')) line.remove_prefix(1);
  return line;
}

/// Bytes of the colon, as Latin or East Asian text has it, at the end; 0: there is none.
bool ends_with_colon(std::string_view text) {
  return text.ends_with(':') || text.ends_with("：");
}

bool has_date_or_address(std::string_view text) {
  return text.find('@') != std::string_view::npos ||
         std::count_if(text.begin(), text.end(), is_digit) >= 4;
}

}  // namespace

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

header_label label_of(std::string_view line) {
  line = without_stars(line).substr(0, max_label);
  const auto colon = std::min(line.find(':'), line.find("："));
  if (colon == std::string_view::npos || colon == 0) return header_label::none;
  auto name = trimmed(line.substr(0, colon));
  if (name.ends_with("\xC2\xA0")) name.remove_suffix(2);  // French sets a blank before the colon
  while (name.ends_with('*')) name.remove_suffix(1);
  for (const auto& l : labels)
    if (equal_ignoring_case(l.label, name)) return l.what;
  return header_label::none;
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

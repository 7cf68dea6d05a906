#include <algorithm>

#include "mail/ascii.hpp"
#include "mail/reply_words.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_label = 60;  ///< bytes of a line that are looked at

/// What programs call the fields of the header that they repeat in an answer, in one language;
/// several words between '|'.
struct language {
  std::string_view from, date, to, subject;
};

// clang-format off
constexpr language languages[] = {
    {"from", "sent|date", "to", "subject"},                                        // English
    {"von", "gesendet|datum", "an", "betreff"},                                    // German
    {"de", "envoyé|date", "à", "objet"},                                           // French
    {"de", "enviado|enviado el|fecha", "para|a", "asunto"},                        // Spanish
    {"de", "enviada em|enviado|data", "para", "assunto"},                          // Portuguese
    {"da", "inviato|data", "a", "oggetto"},                                        // Italian
    {"van", "verzonden|datum", "aan|naar", "onderwerp"},                           // Dutch
    {"od", "wysłano|data", "do", "temat"},                                         // Polish
    {"från", "skickat|datum", "till", "ämne"},                                     // Swedish
    {"fra", "sendt|dato", "til", "emne"},                                          // Danish, Norwegian
    {"lähettäjä", "lähetetty|päivämäärä", "vastaanottaja", "aihe"},                // Finnish
    {"od", "odesláno|datum", "komu", "předmět"},                                   // Czech
    {"od|odosielateľ", "odoslané|dátum", "komu", "predmet"},                       // Slovak
    {"feladó", "elküldve|dátum", "címzett", "tárgy"},                              // Hungarian
    {"de la", "trimis|data", "către|catre", "subiect"},                            // Romanian
    {"kimden", "gönderildi|gönderilme|tarih", "kime", "konu"},                     // Turkish
    {"Από", "Στάλθηκε|Εστάλη|Ημερομηνία", "Προς", "Θέμα"},                         // Greek
    {"От", "Отправлено|Дата", "Кому", "Тема"},                                     // Russian
    {"Від", "Надіслано|Дата", "Кому", "Тема"},                                     // Ukrainian
    {"От", "Изпратено|Дата", "До", "Относно|Тема"},                                // Bulgarian
    {"od|šalje|pošiljatelj", "poslano|datum", "za|prima", "predmet|zadeva"},       // Croatian, Slovenian
    {"nuo", "išsiųsta|data", "kam", "tema"},                                       // Lithuanian
    {"no", "nosūtīts|datums", "kam", "temats|tēma"},                               // Latvian
    {"saatja", "saadetud|kuupäev", "adressaat|saaja", "teema"},                    // Estonian
    {"dari", "dikirim|tanggal", "kepada|ke", "subjek|perihal"},                    // Indonesian
    {"từ", "đã gửi|ngày", "đến|tới", "chủ đề|tiêu đề"},                            // Vietnamese
    {"מאת", "נשלח|תאריך", "אל", "נושא"},                                           // Hebrew
    {"من", "تاريخ الإرسال|التاريخ", "إلى", "الموضوع"},                             // Arabic
    {"差出人", "送信日時|日付", "宛先", "件名"},                                   // Japanese
    {"发件人", "发送时间|发送日期|日期", "收件人", "主题"},                        // Chinese, simplified
    {"寄件者", "寄件日期|日期", "收件者|收件人", "主旨"},                          // Chinese, traditional
    {"보낸 사람|보낸사람", "보낸 날짜|날짜", "받는 사람|받는사람", "제목"},        // Korean
};
// clang-format on

/// A line without the stars that bold text becomes.
std::string_view without_stars(std::string_view line) {
  while (!line.empty() && (line.front() == '*' || line.front() == ' ')) line.remove_prefix(1);
  return line;
}

bool is_one_of(std::string_view words, std::string_view name) {
  for (std::size_t at = 0; at <= words.size();) {
    const auto end = std::min(words.find('|', at), words.size());
    if (equal_ignoring_case(words.substr(at, end - at), name)) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

header_label label_of(std::string_view line) {
  line = without_stars(line).substr(0, max_label);
  const auto colon = std::min(line.find(':'), line.find("："));
  if (colon == std::string_view::npos || colon == 0) return header_label::none;
  auto name = trimmed(line.substr(0, colon));
  if (name.ends_with("\xC2\xA0")) name.remove_suffix(2);  // French sets a blank before the colon
  while (name.ends_with('*')) name.remove_suffix(1);
  for (const auto& in : languages) {
    if (is_one_of(in.from, name)) return header_label::from;
    if (is_one_of(in.date, name)) return header_label::date;
    if (is_one_of(in.to, name)) return header_label::to;
    if (is_one_of(in.subject, name)) return header_label::subject;
  }
  return header_label::none;
}

}  // namespace postroom::mail

#include <algorithm>
#include <iterator>

#include "mail/ascii.hpp"
#include "mail/status_code.hpp"

namespace postroom::mail {

namespace {

/// Notices say it in their first lines; what follows may be a whole mail.
constexpr std::size_t max_words = 8u << 10;

struct meaning {
  std::string_view words;  ///< in lower case
  std::string_view code;   ///< subject and detail (RFC 3463 sections 3.2 to 3.8)
};

/// The first that is found counts, so a full mailbox stands before the retries that it caused.
constexpr meaning meanings[] = {
    {"mailbox is full", ".2.2"},
    {"mailbox full", ".2.2"},
    {"full mailbox", ".2.2"},
    {"over quota", ".2.2"},
    {"overquota", ".2.2"},
    {"quota exceeded", ".2.2"},
    {"exceeded the local limit", ".2.2"},
    {"exceeds allowed size", ".2.2"},
    {"not enough storage", ".2.2"},
    {"postfach ist voll", ".2.2"},
    {"account is disabled", ".2.1"},
    {"account is locked", ".2.1"},
    {"account has been disabled", ".2.1"},
    {"account is inactive", ".2.1"},
    {"size limit exceeded", ".3.4"},
    {"message too large", ".3.4"},
    {"message is too large", ".3.4"},
    {"message too big", ".3.4"},
    {"user unknown", ".1.1"},
    {"unknown user", ".1.1"},
    {"no such user", ".1.1"},
    {"user not exist", ".1.1"},
    {"user does not exist", ".1.1"},
    {"unknown recipient", ".1.1"},
    {"no mailbox here by that name", ".1.1"},
    {"recipient name is not recognized", ".1.1"},
    {"not listed in public name", ".1.1"},
    {"not listed in domino directory", ".1.1"},
    {"invalid final delivery userid", ".1.1"},
    {"mailbox not found", ".1.1"},
    {"mailbox unavailable", ".1.1"},
    {"account that you tried to reach does not exist", ".1.1"},
    {"this user doesn't have a", ".1.1"},
    {"empfänger unbekannt", ".1.1"},
    {"adresse wurde nicht gefunden", ".1.1"},
    {"address couldn't be found", ".1.1"},
    {"address wasn't found", ".1.1"},
    {"address not found", ".1.1"},
    {"host unknown", ".1.2"},
    {"unknown host", ".1.2"},
    {"couldn't find any host", ".1.2"},
    {"host or domain name not found", ".1.2"},
    {"domain couldn't be found", ".1.2"},
    {"unrouteable", ".1.2"},
    {"indicated no smtp service", ".1.10"},
    {"couldn't find a mail exchanger", ".4.4"},
    {"retry timeout exceeded", ".4.7"},
    {"all hosts have been failing for a long time", ".4.7"},
    {"message expired", ".4.7"},
    {"too long in queue", ".4.7"},
    {"in the queue too long", ".4.7"},
    {"timed out", ".4.1"},
    {"did not accept our requests to connect", ".4.1"},
    {"connection refused", ".4.1"},
    {"connection was dropped", ".4.2"},
    {"connection dropped", ".4.2"},
    {"network error", ".4.0"},
    {"host not reachable", ".4.1"},
    {"relay access denied", ".7.1"},
    {"access denied", ".7.1"},
    {"blacklisted", ".7.1"},
    {"blocked", ".7.1"},
    {"permission to post", ".7.2"},
    {"spam", ".7.1"},
};

constexpr std::string_view failures[] = {"could not be delivered",
                                         "couldn't be delivered",
                                         "cannot be delivered",
                                         "can't be delivered",
                                         "unable to deliver",
                                         "wasn't able to deliver",
                                         "not able to deliver",
                                         "unable to relay",
                                         "delivery has failed",
                                         "delivery failed",
                                         "delivery failure",
                                         "delivery to the following",
                                         "failed permanently",
                                         "permanent error",
                                         "permanent fatal error",
                                         "permanent failure",
                                         "did not reach the following",
                                         "error delivering your mail",
                                         "undeliverable",
                                         "undelivered",
                                         "returned mail",
                                         "returned message",
                                         "returning message",
                                         "returned to sender",
                                         "returning to sender",
                                         "failure notice",
                                         "delivery error",
                                         "delivery problem",
                                         "mail system error",
                                         "delivery status notification",
                                         "delivery notification",
                                         "message could not be",
                                         "message wasn't delivered",
                                         "address not found",
                                         "user unknown",
                                         "unknown user",
                                         "no such user",
                                         "mailbox is full",
                                         "exceeds allowed size",
                                         "final delivery userid",
                                         "attempting to deliver",
                                         "not yet been delivered",
                                         "rejected by a remote",
                                         "mail failure",
                                         "nondeliverable",
                                         "non-delivery",
                                         "transcript of session",
                                         "unzustellbar",
                                         "nicht zugestellt",
                                         "konnte nicht übermittelt",
                                         "non remis",
                                         "n'a pas pu être",
                                         "no se pudo entregar",
                                         "no se ha podido entregar",
                                         "no se puede entregar",
                                         "mancato recapito",
                                         "impossibile recapitare",
                                         "onbestelbaar",
                                         "não foi possível entregar",
                                         "nie można dostarczyć",
                                         "送信できません",
                                         "退信",
                                         "не доставлено",
                                         "не может быть доставлено",
                                         "недоставлено",
                                         "kunde inte levereras",
                                         "kunne ikke leveres",
                                         "ikke leveret",
                                         "nedoručitelné",
                                         "nelze doručit",
                                         "配信できません",
                                         "配信不能",
                                         "无法送达",
                                         "未送达",
                                         "投递失败",
                                         "toimitus epäonnistui"};

constexpr std::string_view retries[] = {"retry timeout exceeded",
                                        "all hosts have been failing for a long time"};

constexpr std::string_view vague_failures[] = {"전송 실패",
                                               "전송하지 못",
                                               "배달하지 못",
                                               "배달되지 않",
                                               "niedostarczon",
                                               "nepodařilo doručit",
                                               "nedoručen",
                                               "nedoručiteľn",
                                               "nepodarilo doručiť",
                                               "mancata consegna",
                                               "consegna non riuscita",
                                               "kan ikke leveres",
                                               "kan inte levereras",
                                               "teslim edilemedi",
                                               "iletilemedi",
                                               "ei voitu toimittaa",
                                               "kézbesítési hiba",
                                               "kézbesíthetetlen",
                                               "nem kézbesíthető",
                                               "falha na entrega",
                                               "não entregue",
                                               "no entregado",
                                               "entrega fallida",
                                               "non distribué",
                                               "échec de la remise",
                                               "Échec de la remise",
                                               "échec de remise",
                                               "Échec de remise",
                                               "niet bezorgd",
                                               "niet worden bezorgd",
                                               "zustellung fehlgeschlagen",
                                               "zustellfehler",
                                               "δεν παραδόθηκε",
                                               "αποτυχία παράδοσης",
                                               "Αποτυχία παράδοσης",
                                               "nu a putut fi livrat",
                                               "Не доставлено",
                                               "Недоставлено",
                                               "не удалось доставить",
                                               "не вдалося доставити",
                                               "isporuka nije uspjela",
                                               "配信エラー",
                                               "配信に失敗",
                                               "傳遞失敗",
                                               "無法傳遞",
                                               "投遞失敗"};

constexpr std::string_view delays[] = {"not yet been delivered",
                                       "has been delayed",
                                       "is delayed",
                                       "warning message only",
                                       "temporary failure report",
                                       "delivery attempts will continue",
                                       "will be retried",
                                       "still be retried",
                                       "will keep trying",
                                       "still trying",
                                       "(delay)",
                                       "delivery delayed",
                                       "delivery is delayed",
                                       "delivery status notification: warning",
                                       "could not be delivered for",
                                       "verzögert",
                                       "remise retardée",
                                       "entrega retrasada",
                                       "consegna ritardata",
                                       "delayed mail"};

template <class Words>
bool has_any(std::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) {
    return find_ignoring_case(text, w) != std::string_view::npos;
  });
}

}  // namespace

std::string_view status_by_words(std::string_view text) {
  text = text.substr(0, max_words);
  for (const auto& m : meanings)
    if (find_ignoring_case(text, m.words) != std::string_view::npos) return m.code;
  return {};
}

bool tells_of_retries(std::string_view text) {
  return has_any(text.substr(0, max_words), retries);
}

bool tells_of_failure(std::string_view text) {
  return has_any(text.substr(0, max_words), failures);
}

bool may_tell_of_failure(std::string_view text) {
  return has_any(text.substr(0, max_words), vague_failures);
}

bool tells_of_delay(std::string_view text) {
  return has_any(text.substr(0, max_words), delays);
}

}  // namespace postroom::mail

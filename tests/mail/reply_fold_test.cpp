#include "mail/reply_fold.hpp"

#include <gtest/gtest.h>

using namespace postroom::mail;

namespace {

/// The three parts of a text with a '|' where each of the two folds is expected.
struct marked_text {
  std::string text;
  reply_folds folds;
  explicit marked_text(const std::string& marked) {
    const auto first = marked.find('|'), second = marked.find('|', first + 1);
    text = marked.substr(0, first) + marked.substr(first + 1, second - first - 1) +
           marked.substr(second + 1);
    folds = {first, second - 1};
  }
};

void expect_folds(const std::string& marked) {
  const marked_text wanted(marked);
  const auto got = fold_reply(wanted.text);
  auto shown = wanted.text;
  shown.insert(got.quoted, "|").insert(got.signature, "|");
  EXPECT_EQ(shown, marked);
}

void expect_whole(const std::string& text) {
  expect_folds(text + "||");
}

}  // namespace

TEST(reply_fold, a_text_without_quotes_and_signature_has_no_folds) {
  expect_whole("");
  expect_whole("The printer is broken.\n");
  expect_whole("Prices:\n- one\n- two\n\nOn Monday we wrote: nothing.\nFrom: here\n");
}

TEST(reply_fold, what_is_quoted_below_the_answer_is_folded_with_its_attribution) {
  expect_folds(
      "It works.\n||\nOn Mon, 2 Mar 2026 at 10:00, Help <it@example.org> wrote:\n> Is it?\n");
  expect_folds(
      "It works.\n||\nOn Mon, 2 Mar 2026 at 10:00, Help Desk of the Example Company\n"
      "<it@example.org> wrote:\n\n> Is it?\n>\n> Help\n");
  expect_folds("It works.\n||\n> Is it?\n");
}

TEST(reply_fold, attributions_are_known_in_many_languages_with_and_without_quote_marks) {
  for (const std::string line :
       {"On Mon, Mar 2, 2026 at 10:00 AM Help <it@example.org> wrote:",
        "Am 02.03.2026 um 10:00 schrieb Help <it@example.org>:",
        "Am Mo., 2. März 2026 um 10:00 Uhr hat Help <it@example.org> geschrieben:",
        "Le lun. 2 mars 2026 à 10:00, Help <it@example.org> a écrit :",
        "El lun, 2 mar 2026 a las 10:00, Help (<it@example.org>) escribió:",
        "Il giorno lun 2 mar 2026 alle ore 10:00 Help <it@example.org> ha scritto:",
        "Op ma 2 mrt 2026 om 10:00 schreef Help <it@example.org>:",
        "Em seg., 2 de mar. de 2026 às 10:00, Help <it@example.org> escreveu:",
        "pon., 2 mar 2026 o 10:00 Help <it@example.org> napisał(a):",
        "W dniu 2.03.2026 o 10:00, Help pisze:",
        "Den mån 2 mars 2026 kl 10:00 skrev Help <it@example.org>:",
        "Den man. 2. mar. 2026 kl. 10.00 skrev Help <it@example.org>:",
        "ma 2. maalisk. 2026 klo 10.00 Help (it@example.org) kirjoitti:",
        "po 2. 3. 2026 v 10:00 odesílatel Help <it@example.org> napsal:",
        "2 марта 2026 г. в 10:00 Help <it@example.org> написал(а):",
        "2026年3月2日(月) 10:00 Help <it@example.org>さんは書きました：",
        "Help <it@example.org> 于2026年3月2日周一 10:00写道：",
        "Help <it@example.org>, 2 Mar 2026 Pzt, 10:00 tarihinde şunu yazdı:",
        "2026년 3월 2일 (월) 오전 10:00, Help <it@example.org>님이 작성:",
        "Help <it@example.org> ezt írta (időpont: 2026. márc. 2., H, 10:00):",
        "пн, 2 бер. 2026 р. о 10:00 Help <it@example.org> пише:",
        "În lun., 2 mar. 2026 la 10:00, Help <it@example.org> a scris:",
        "Στις Δευ 2 Μαρ 2026 στις 10:00 π.μ., ο χρήστης Help <it@example.org> έγραψε:",
        "На пн, 2.03.2026 г. в 10:00 Help <it@example.org> написа:",
        "po 2. 3. 2026 o 10:00 Help <it@example.org> napísal(a):",
        "\u202Bבתאריך יום ב׳, 2 במרץ 2026 מאת Help <it@example.org>:\u202C",
        "Vào Th 2, 2 thg 3, 2026 vào lúc 10:00 Help <it@example.org> đã viết:",
        "2026-03-02 10:00 GMT+01:00 Help <it@example.org>:"}) {
    expect_folds("It works.\n||\n" + line + "\n> Is it?\n");
    expect_folds("It works.\n||\n" + line + "\n\nIs it?\n");
  }
}

TEST(reply_fold, the_header_that_programs_repeat_is_known_in_many_languages) {
  for (const std::string block :
       {"From: Help <it@example.org>\nSent: Monday\nTo: Ann\nSubject: Printer",
        "*From:* Help\n*Sent:* Monday\n*To:* Ann\n*Subject:* Printer",
        "Von: Help\nGesendet: Montag\nAn: Ann\nBetreff: Drucker",
        "De : Help\nEnvoyé : lundi\nÀ : Ann\nObjet : imprimante",
        "De: Help\nEnviado: lunes\nPara: Ann\nAsunto: impresora",
        "Da: Help\nInviato: lunedì\nA: Ann\nOggetto: stampante",
        "Van: Help\nVerzonden: maandag\nAan: Ann\nOnderwerp: printer",
        "De: Help\nEnviada em: segunda\nPara: Ann\nAssunto: impressora",
        "Od: Help\nWysłano: poniedziałek\nDo: Ann\nTemat: drukarka",
        "Från: Help\nSkickat: måndag\nTill: Ann\nÄmne: skrivare",
        "Fra: Help\nSendt: mandag\nTil: Ann\nEmne: printer",
        "Lähettäjä: Help\nLähetetty: maanantai\nVastaanottaja: Ann\nAihe: tulostin",
        "Od: Help\nOdesláno: pondělí\nKomu: Ann\nPředmět: tiskárna",
        "От: Help\nОтправлено: понедельник\nКому: Ann\nТема: принтер",
        "差出人: Help\n送信日時: 月曜日\n宛先: Ann\n件名: プリンター",
        "发件人：Help\n发送时间：星期一\n收件人：Ann\n主题：打印机",
        "Kimden: Help\nGönderildi: Pazartesi\nKime: Ann\nKonu: yazıcı",
        "보낸 사람: Help\n보낸 날짜: 월요일\n받는 사람: Ann\n제목: 프린터",
        "Feladó: Help\nElküldve: hétfő\nCímzett: Ann\nTárgy: nyomtató",
        "Від: Help\nНадіслано: понеділок\nКому: Ann\nТема: принтер",
        "De la: Help\nTrimis: luni\nCătre: Ann\nSubiect: imprimanta",
        "Από: Help\nΣτάλθηκε: Δευτέρα\nΠρος: Ann\nΘέμα: εκτυπωτής",
        "מאת: Help\nנשלח: יום שני\nאל: Ann\nנושא: מדפסת"}) {
    expect_folds("It works.\n||\n" + block + "\n\nIs it?\n");
    expect_folds("It works.\n||\n________________________________\n" + block + "\n\nIs it?\n");
  }
  expect_whole("It works.\n\nFrom: Monday on\nTo: the second floor\n\nThat is all.\n");
}

TEST(reply_fold, separators_are_known_but_a_forwarded_mail_is_no_quote) {
  for (const char* words : {"Original Message", "Ursprüngliche Nachricht", "Message d'origine",
                            "Mensaje original", "Messaggio originale", "Oorspronkelijk bericht"})
    expect_folds("It works.\n||\n-----" + std::string(words) + "-----\nIs it?\n");
  expect_whole("Please help.\n\n---------- Forwarded message ---------\nThe printer burns.\n");
}

TEST(reply_fold, answers_below_and_between_are_never_folded) {
  expect_whole("On Mon, 2 Mar 2026, Help <it@example.org> wrote:\n> Is it?\n\nIt is.\n");
  expect_whole(
      "Hello,\n\nOn Mon, 2 Mar 2026, Help <it@example.org> wrote:\n> Is it?\nYes.\n> And?\n"
      "No.\n");
  expect_folds("> Is it?\nYes.\n||\n> The rest that nobody answered.\n");
  expect_whole("On Mon, 2 Mar 2026, Help <it@example.org> wrote:\n\nIs it? It is.\n");
  expect_whole("See my answers below.\n\n-----Original Message-----\nIs it? YES!\n");
  expect_whole("> only\n> quotes\n");
  expect_folds(
      "On Mon, 2 Mar 2026, Help <it@example.org> wrote:\n> Is it?\n\nIt is.\n|-- \nAnn\n|");
}

TEST(reply_fold, a_signature_is_told_from_the_answer) {
  expect_folds("It works.\n|-- \nAnn\nExample Ltd\n|");
  expect_folds(
      "It works.\n|--\nAnn\n|\nOn Mon, 2 Mar 2026, Help <it@example.org> wrote:\n> Is it?\n");
  expect_folds("It works.\n||> Is it?\n\n-- \nAnn\n");
  for (const char* line :
       {"Sent from my phone", "Von meinem iPhone gesendet", "Envoyé de mon iPhone",
        "Enviado desde mi iPhone", "Inviato da iPhone", "Verstuurd vanaf mijn iPhone",
        "Enviado do meu iPhone", "Wysłane z iPhone'a", "Skickat från min iPhone",
        "Sendt fra min iPhone", "Lähetetty iPhonesta", "Odesláno z iPhonu", "Отправлено с iPhone",
        "iPhoneから送信", "发自我的iPhone", "Get Outlook for iOS"})
    expect_folds("It works.\n\n|" + std::string(line) + "\n|");
}

TEST(reply_fold, a_closing_begins_the_signature_in_many_languages) {
  for (const char* line :
       {"Kind regards,", "Mit freundlichen Grüßen", "Viele Grüße,", "Cordialement,", "Saludos,",
        "Cordiali saluti", "Met vriendelijke groet,", "Atenciosamente,", "Pozdrawiam,",
        "Med vänliga hälsningar", "Ystävällisin terveisin", "S pozdravem,", "С уважением,",
        "Saygılarımla,", "Üdvözlettel:", "Cu stimă,", "Με εκτίμηση,", "감사합니다.",
        "よろしくお願いいたします。"})
    expect_folds("It works.\n\n|" + std::string(line) + "\n\nAnn\nExample Ltd\n+49 30 1234\n|");
  expect_folds(
      "It works.\n|Best regards\nAnn\n|\nOn Mon, 2 Mar 2026, Help <it@example.org> wrote:\n> Is "
      "it?\n");
}

TEST(reply_fold, text_below_a_closing_is_part_of_the_answer) {
  for (const char* text :
       {"P.S. The other one burns, too.", "Could you look at the other one as well?",
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n"})
    expect_whole("It works.\n\nKind regards\nAnn\n\n" + std::string(text) + "\n");
  expect_whole("It works.\n\nKind regards\nAnn\n\n" + std::string(200, 'x') + "\n");
  expect_whole("Thanks for the printer.\nThe other one burns.\n");
  expect_whole("Kind regards\nAnn\n");
}

TEST(reply_fold, what_only_looks_like_a_signature_is_part_of_the_answer) {
  expect_whole(
      "Sent from my desk, the letter came back yesterday and nobody knows why.\n1\n2\n3\n4\n");
  expect_whole("It works.\nI sent it from my phone.\n");
  expect_whole("-- \nonly a signature\n");
  std::string table = "rows\n--\n";
  for (int i = 0; i < 30; ++i) table += "row\n";
  expect_whole(table);
}

TEST(reply_fold, long_and_hostile_texts_take_one_pass) {
  std::string wall, colons;
  for (int i = 0; i < 20000; ++i) wall += "> a@b wrote:\n", colons += "From: a@b 2026 wrote:\n";
  for (const auto& text : {wall, colons, wall + "x", std::string(250000, ':'),
                           std::string(250000, '>'), std::string(250000, '\n')}) {
    const auto folds = fold_reply(text);
    EXPECT_LE(folds.signature, folds.quoted);
    EXPECT_LE(folds.quoted, text.size());
  }
}

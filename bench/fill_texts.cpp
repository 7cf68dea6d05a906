// What it costs to write the texts of one acknowledgement: each template parsed for every mail, and
// parsed once.
#include <chrono>
#include <cstdio>
#include <string>

#include "partitions/texts.hpp"

using namespace postroom;

namespace {

constexpr int mails = 20'000;

config::v1::MailText acknowledgement() {
  config::v1::MailText out;
  out.set_subject("[{{call}}] {{subject}}");
  out.set_text(
      "Dear {{user}},\n\nyour mail has become call {{call}} of {{partition}}, priority "
      "{{priority}}.\n{{#group}}\nIt is with {{group}}.\n{{/group}}\n\nYou wrote:\n{{text}}\n");
  out.set_html(
      "<p>Dear {{user}},</p><p>your mail has become call <b>{{call}}</b> of {{partition}}, "
      "priority {{priority}}.{{#group}} It is with {{group}}.{{/group}}</p><pre>{{text}}</pre>");
  return out;
}

record::v1::Call call() {
  record::v1::Call out;
  out.set_number(123);
  out.set_subject("The printer burns");
  out.set_priority("2 High");
  out.set_group("First line");
  out.mutable_user()->set_name("Ann Lee");
  out.set_text("It burns since this morning, on the second floor.\n");
  return out;
}

template <class Write>
void measure(const char* name, const Write& write) {
  const auto begin = std::chrono::steady_clock::now();
  std::size_t bytes = 0;
  for (int i = 0; i < mails; ++i) bytes += write().html.size();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-22s %6.1f us a mail (%zu bytes of HTML)\n", name, took.count() / mails,
              bytes / mails);
}

}  // namespace

int main() {
  const auto text = acknowledgement();
  config::v1::Partition partition;
  partition.set_id("IT");
  partition.set_name("IT support");
  const auto values =
      partitions::values_of(partition, call(), partitions::call_event::logged, nullptr);
  config::v1::MailTexts texts;
  *texts.mutable_acknowledgement() = text;
  const partitions::parsed_templates kept(partitions::templates_in(texts));
  const auto html = partitions::text_format::html;
  measure("parsed for every mail", [&] { return partitions::write_text(text, values, html, {}); });
  measure("parsed once", [&] { return partitions::write_text(text, values, html, kept); });
}

#pragma once

#include <initializer_list>
#include <string>

#include "partitions/model.hpp"

/// A small, valid partition that the tests bend.
namespace postroom::partitions::test {

inline config::v1::Person* add_person(config::v1::Partition& p, const std::string& name,
                                      const std::string& address, bool analyst) {
  auto* person = p.add_people();
  person->set_name(name);
  person->add_addresses(address);
  person->set_analyst(analyst);
  person->set_user(!analyst);
  return person;
}

inline void fill_lists(config::v1::Partition& p) {
  for (const char* s : {"High", "Low"}) p.add_impacts(s);
  for (const char* s : {"Urgent", "Normal"}) p.add_urgencies(s);
  for (const char* s : {"1 Critical", "2 High", "3 Low"}) p.add_priorities(s);
  auto* high = p.add_matrix();
  high->set_impact("High");
  (*high->mutable_priority())["Urgent"] = "1 Critical";
  (*high->mutable_priority())["Normal"] = "2 High";
  auto* low = p.add_matrix();
  low->set_impact("Low");
  (*low->mutable_priority())["Urgent"] = "2 High";
  (*low->mutable_priority())["Normal"] = "3 Low";
  for (const char* s : {"Incident", "Problem"}) p.add_statuses(s);
  for (const char* s : {"Hardware", "Software"}) p.add_streams(s);
  auto* set = p.add_screen_sets();
  set->set_name("Software incident");
  set->set_status("Incident");
  set->set_stream("Software");
  p.add_offices("Leeds");
  p.add_groups("First line");
}

inline void fill_servers(config::v1::Partition& p) {
  auto* in = p.add_incoming();
  in->set_name("it-in");
  in->set_protocol("IMAP");
  in->set_host("mail.example.org");
  in->set_login("it@example.org");
  in->set_password("env:IT_PASSWORD");
  in->set_call_template("Email");
  in->set_default_logging_analyst("ana@example.org");
  auto* out = p.add_outgoing();
  out->set_name("it-out");
  out->set_protocol("SMTP");
  out->set_host("mail.example.org");
  out->set_from("helpdesk@example.org");
  out->set_reply_to("answers@example.org");
}

inline config::v1::Partition valid_partition() {
  config::v1::Partition p;
  p.set_id("IT");
  p.set_name("IT Service Desk");
  fill_lists(p);
  auto* t = p.add_templates();
  t->set_name("Email");
  t->set_status("Incident");
  t->set_stream("Software");
  t->set_office("Leeds");
  t->set_group("First line");
  t->set_impact("Low");
  t->set_urgency("Urgent");
  add_person(p, "Ana Lyst", "ana@example.org", true);
  fill_servers(p);
  auto* ack = p.mutable_texts()->mutable_acknowledgement();
  ack->set_text("Dear {{user}},\nyour call is {{call}}.");
  return p;
}

inline config::v1::Settings valid_settings() {
  config::v1::Settings s;
  *s.add_partitions() = valid_partition();
  return s;
}

/// IT and HR, which share nothing but people and the names in their lists.
inline config::v1::Settings two_partitions() {
  auto s = valid_settings();
  auto& hr = *s.add_partitions();
  hr = valid_partition();
  hr.set_id("HR");
  hr.mutable_incoming(0)->set_name("hr-in");
  hr.mutable_incoming(0)->set_login("hr@example.org");
  hr.mutable_outgoing(0)->set_name("hr-out");
  return s;
}

}  // namespace postroom::partitions::test

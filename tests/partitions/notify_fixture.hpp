#pragma once

#include "partitions/notify.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "fixtures.hpp"

namespace postroom::partitions::test {

using record::v1::CallUpdate;
using record::v1::OutboxEntry;

/// A call of Sam's, logged by Ana, for a group that has an address; a text for everything.
struct notify_test : testing::Test {
  config::v1::Partition config = valid_partition();
  config::v1::General general;
  record::v1::Call call;
  record::v1::Person sam, ana;
  mail::parsed_mail mail;
  CallUpdate update;
  mail::reply_tags tags = *mail::reply_tags::make({"sixteen bytes or more"});

  notify_test() {
    auto& group = *config.add_group_addresses();
    group.set_group("First line");
    group.set_address("first-line@example.org");
    for (const auto event : call_events)
      for (const auto to : audiences)
        if (event != "logged" || to != "user") add_text(event, to, "");
    call.set_number(123);
    call.set_subject("Printer");
    call.set_group("First line");
    call.set_message_id("first@client.test");
    be(sam, *call.mutable_user(), 7, "Sam Ple", "sam@example.com");
    be(ana, *call.mutable_logging_analyst(), 8, "Ana Lyst", "ana@example.org");
    sent_by("sam@example.com");
    update.set_kind(CallUpdate::REPLY);
    *update.mutable_by() = call.user();
  }

  static void be(record::v1::Person& p, record::v1::PersonRef& ref, uint64_t id, const char* name,
                 const char* address) {
    p.set_id(id);
    p.set_name(name);
    p.set_active(true);
    p.add_addresses(address);
    ref.set_person(id);
    ref.set_name(name);
    ref.set_address(address);
  }
  void add_text(std::string_view event, std::string_view to, const char* language) {
    auto& n = *config.mutable_texts()->add_notifications();
    n.set_event(std::string(event));
    n.set_audience(std::string(to));
    n.set_language(language);
    n.mutable_content()->set_text(std::string(event) + " to " + std::string(to) + language);
  }
  void sent_by(const char* address) {
    mail.from = {"", address};
    mail.message_id = "mail@client.test";
  }
  notice about(const partition_model& model, call_event what) {
    const bool fresh = what == call_event::logged;
    notice n{model, what, call, fresh ? nullptr : &update, sam, &ana, &mail};
    n.id_token = "f00d";
    n.loop_mark = "mark";
    n.now = from_millis(5000);
    return n;
  }
  std::vector<OutboxEntry> entries(call_event what, bool by_mail = true) {
    const partition_model model(config, general, 1);
    auto n = about(model, what);
    if (!by_mail) n.mail = nullptr;
    return notify(n);
  }
  /// "sam@example.com: updated to user"
  std::vector<std::string> told(call_event what, bool by_mail = true) {
    std::vector<std::string> out;
    for (const auto& e : entries(what, by_mail)) {
      EXPECT_EQ(e.recipients_size(), 1);
      out.push_back(e.recipients(0).address() + ": " + e.text());
    }
    return out;
  }
  using list = std::vector<std::string>;
};

}  // namespace postroom::partitions::test

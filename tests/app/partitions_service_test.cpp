#include "tests/app/setup_fixture.hpp"

namespace postroom::app {

using namespace admin::v1;

TEST_F(setup, partitions_are_listed_with_what_they_hold) {
  const auto list = call<ListPartitionsResponse>("PartitionsService/List", ListPartitionsRequest{});
  ASSERT_EQ(list->partitions_size(), 2);
  EXPECT_EQ(list->partitions(1).ShortDebugString(),
            "id: \"IT\" name: \"IT Service Desk\" templates: 1 incoming: 1 outgoing: 1 people: 1");
  ListPartitionsRequest never;
  never.set_partition("GONE");
  EXPECT_EQ(call<ListPartitionsResponse>("PartitionsService/List", never).code(), ec::not_found);
}

TEST_F(setup, a_partition_is_read_and_changed_without_its_servers_and_people) {
  auto got = rules("IT");
  EXPECT_EQ(got.rules().incoming_size() + got.rules().outgoing_size() + got.rules().people_size(),
            0);
  UpdatePartitionRequest r;
  r.set_partition("IT");
  *r.mutable_rules() = got.rules();
  r.mutable_rules()->set_name("Help");
  r.set_revision(got.revision());
  ASSERT_TRUE(change("PartitionsService/Update", r));
  EXPECT_EQ(rules("IT").rules().name(), "Help");
  EXPECT_EQ(incoming("IT", "it-in").server().name(), "it-in");
  r.mutable_rules()->clear_matrix();
  r.set_revision(rules("IT").revision());
  const auto wrong = call<SetupResponse>("PartitionsService/Update", r);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->problems_size(), 2) << "one for each impact";
  EXPECT_EQ(wrong->problems(0).path(), "matrix");
}

TEST_F(setup, a_partition_is_added_once_and_deleted_for_a_reason) {
  AddPartitionRequest a;
  *a.mutable_config() = part("IT");
  EXPECT_EQ(refused("PartitionsService/Add", a).code, ec::already_exists);
  DeletePartitionRequest d;
  d.set_partition("IT");
  d.set_revision(rules("IT").whole_revision());
  EXPECT_TRUE(refused("PartitionsService/Delete", d).detail.starts_with("reason: it is blank"));
  d.set_reason("moved to another node");
  ASSERT_TRUE(change("PartitionsService/Delete", d));
  GetPartitionRequest g;
  g.set_partition("IT");
  EXPECT_EQ(call<GetPartitionResponse>("PartitionsService/Get", g).code(), ec::not_found);
  const auto used = refused("PartitionsService/Add", a);
  EXPECT_EQ(used.code, ec::conflict);
  EXPECT_NE(used.detail.find("a partition IT was here and has left "), std::string::npos)
      << used.detail;
  a.set_reuse(true);
  EXPECT_TRUE(change("PartitionsService/Add", a));
}

TEST_F(setup, what_is_not_there_is_told_without_naming_partitions_of_others) {
  const auto ida = sign_in("ida", {IPK_SETUP, SYSTEM_SETUP, PEOPLE_SETUP}, "GONE");
  GetPartitionRequest g;
  g.set_partition("GONE");
  RenameRequest n;
  n.set_partition("GONE");
  n.set_kind(RenameRequest::IMPACT);
  n.set_from("High");
  n.set_to("Higher");
  AddPersonRequest p;
  p.set_partition("GONE");
  p.mutable_person()->set_name("Pat");
  const auto texts = {
      call_as<GetPartitionResponse>(ida, "PartitionsService/Get", g).error().detail,
      call_as<SetupResponse>(ida, "PartitionsService/Rename", n).error().detail,
      call_as<SetupResponse>(ida, "DirectoryService/Add", p).error().detail,
  };
  for (const auto& text : texts) {
    EXPECT_TRUE(text.starts_with("there is no partition GONE; ")) << text;
    EXPECT_EQ(text.find("HR"), std::string::npos) << text;
  }
}

TEST_F(setup, a_name_of_every_kind_can_be_renamed) {
  const std::vector<std::pair<RenameRequest::Kind, std::string>> names{
      {RenameRequest::IMPACT, "High"},      {RenameRequest::URGENCY, "Normal"},
      {RenameRequest::PRIORITY, "2 High"},  {RenameRequest::STATUS, "Incident"},
      {RenameRequest::STREAM, "Software"},  {RenameRequest::OFFICE, "Leeds"},
      {RenameRequest::GROUP, "First line"}, {RenameRequest::SCREEN_SET, "Software incident"},
      {RenameRequest::TEMPLATE, "Email"},
  };
  RenameRequest r;
  r.set_partition("IT");
  r.set_from("High");
  r.set_to("New");
  EXPECT_EQ(refused("PartitionsService/Rename", r).code, ec::config_invalid);
  for (const auto& [kind, from] : names) {
    r.set_kind(kind);
    r.set_from(from);
    EXPECT_TRUE(change("PartitionsService/Rename", r)) << from;
  }
  EXPECT_EQ(incoming("IT", "it-in").server().call_template(), "New");
  EXPECT_EQ(incoming("HR", "hr-in").server().call_template(), "Email");
}

TEST_F(setup, a_template_is_added_replaced_with_its_revision_and_removed_when_unused) {
  PutTemplateRequest p;
  p.set_partition("IT");
  *p.mutable_template_() = part("IT").templates(0);
  p.mutable_template_()->set_name("Spare");
  ASSERT_TRUE(change("PartitionsService/PutTemplate", p));
  p.mutable_template_()->set_urgency("Normal");
  EXPECT_EQ(refused("PartitionsService/PutTemplate", p).code, ec::already_exists);
  p.set_revision(rules("IT").template_revisions().at("Spare"));
  ASSERT_TRUE(change("PartitionsService/PutTemplate", p));
  RemoveTemplateRequest r;
  r.set_partition("IT");
  r.set_name("Email");
  r.set_revision(rules("IT").template_revisions().at("Email"));
  const auto used = refused("PartitionsService/RemoveTemplate", r);
  EXPECT_EQ(used.code, ec::conflict);
  EXPECT_NE(used.detail.find("it-in"), std::string::npos);
  r.set_name("Spare");
  r.set_revision(rules("IT").template_revisions().at("Spare"));
  EXPECT_TRUE(change("PartitionsService/RemoveTemplate", r));
  EXPECT_EQ(rules("IT").rules().templates_size(), 1);
}

namespace {

PreviewTextRequest preview_of(const std::string& event, const std::string& to) {
  PreviewTextRequest r;
  r.set_partition("it");
  r.set_event(event);
  r.set_audience(to);
  return r;
}

}  // namespace

TEST_F(setup, a_text_is_previewed_with_made_up_values) {
  auto r = preview_of("logged", "user");
  const auto saved = call<PreviewTextResponse>("PartitionsService/PreviewText", r);
  ASSERT_TRUE(saved) << saved.error().text();
  EXPECT_EQ(saved->text(), "Dear Jane Doe,\nyour call is IT-000123.");
  EXPECT_EQ(saved->subject(), "[IT-000123] The printer on the second floor is jammed");
  EXPECT_EQ(saved->html(), "Dear Jane Doe,<br>\nyour call is IT-000123.");
  r = preview_of("closed", "user");
  r.mutable_content()->set_text("{{#reason}}{{state}} by {{update_by}}: {{reason}}{{/reason}}");
  r.mutable_content()->set_html("<b>{{{priority}}}</b>");
  const auto given = call<PreviewTextResponse>("PartitionsService/PreviewText", r);
  ASSERT_TRUE(given) << given.error().text();
  EXPECT_EQ(given->text(), "closed by Alex Smith: the roller was worn");
  EXPECT_EQ(given->html(), "<b>2 High</b>");
  r.mutable_content()->set_text("{{number}} {user}");
  const auto wrong = call<PreviewTextResponse>("PartitionsService/PreviewText", r);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->text(), "");
  ASSERT_EQ(wrong->problems_size(), 2);
  EXPECT_EQ(wrong->problems(0).path(), "content.text");
  EXPECT_EQ(wrong->problems(0).partition(), "IT");
}

TEST_F(setup, a_preview_for_what_is_not_there_says_what_there_is) {
  const std::vector<std::pair<PreviewTextRequest, std::string>> rows{
      {preview_of("opened", "user"), "event: \"opened\" is none; use one of: logged, updated"},
      {preview_of("", "user"), "event: it is missing"},
      {preview_of("logged", "boss"),
       "audience: \"boss\" is none; use one of: user, analyst, group"},
      {preview_of("closed", "group"), "partition IT has no text for closed and group; give one"}};
  for (const auto& [request, said] : rows) {
    const auto got = call<PreviewTextResponse>("PartitionsService/PreviewText", request);
    ASSERT_FALSE(got);
    EXPECT_TRUE(got.error().detail.starts_with(said)) << got.error().detail;
  }
  auto r = preview_of("logged", "user");
  r.set_language("german, please");
  EXPECT_EQ(call<PreviewTextResponse>("PartitionsService/PreviewText", r).code(),
            ec::config_invalid);
}

TEST_F(setup, the_values_of_a_call_are_for_who_may_view_it) {
  store_call();
  auto r = preview_of("logged", "user");
  r.set_call("it-000007");
  const auto got = call<PreviewTextResponse>("PartitionsService/PreviewText", r);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->text(), "Dear Una User,\nyour call is IT-000007.");
  r.set_event("updated");
  r.mutable_content()->set_text("{{update_text}}");
  EXPECT_EQ(call<PreviewTextResponse>("PartitionsService/PreviewText", r)->text(), "the newest");
  const auto setup_only = sign_in("sue", {IPK_SETUP}, "IT");
  EXPECT_EQ(call_as<PreviewTextResponse>(setup_only, "PartitionsService/PreviewText", r).code(),
            ec::forbidden);
  const auto both = sign_in("bob", {IPK_SETUP, VIEW_CALLS}, "IT");
  r.set_partition("IT");
  EXPECT_TRUE(call_as<PreviewTextResponse>(both, "PartitionsService/PreviewText", r));
  r.set_call("HR-000007");
  EXPECT_EQ(call_as<PreviewTextResponse>(both, "PartitionsService/PreviewText", r).code(),
            ec::config_invalid);
  r.set_call("IT-000008");
  EXPECT_EQ(call_as<PreviewTextResponse>(both, "PartitionsService/PreviewText", r).code(),
            ec::not_found);
}

}  // namespace postroom::app

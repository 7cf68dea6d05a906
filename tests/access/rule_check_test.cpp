#include "access/rule_check.hpp"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

namespace postroom::access {
namespace {

namespace pb = google::protobuf;
using namespace admin::v1;

/// A schema with one method, whose request has one field.
struct one_method {
  pb::FileDescriptorProto file;
  pb::DescriptorPool pool;
  one_method() {
    file.set_name("x.proto");
    file.set_package(admin_package);
    file.add_message_type()->set_name("Ask");
    field("partition", pb::FieldDescriptorProto::TYPE_STRING);
    auto* m = file.add_service();
    m->set_name("XService");
    m->add_method()->set_name("Do");
    method().set_input_type(".postroom.admin.v1.Ask");
    method().set_output_type(".postroom.admin.v1.Ask");
  }
  pb::MethodDescriptorProto& method() { return *file.mutable_service(0)->mutable_method(0); }
  void field(const std::string& name, pb::FieldDescriptorProto::Type type) {
    auto& message = *file.mutable_message_type(0);
    message.clear_field();
    auto* f = message.add_field();
    f->set_name(name);
    f->set_number(1);
    f->set_type(type);
    f->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
  }
  void ruled(Right what, Scope scope) {
    auto& r = *method().mutable_options()->MutableExtension(rule);
    r.set_right(what);
    r.set_scope(scope);
  }
  std::string problems() {
    pb::DescriptorPool fresh;
    const auto* built = fresh.BuildFile(file);
    std::string out;
    if (!built) return "does not build";
    for (const auto& p : problems_of(*built)) out += p + "\n";
    return out;
  }
};

}  // namespace

TEST(rule_check, a_method_without_a_rule_a_scope_or_a_right_is_named) {
  one_method m;
  EXPECT_EQ(m.problems(),
            "x.proto: postroom.admin.v1.XService.Do: has no rule; say who may call it\n");
  m.ruled(VIEW_CALLS, SCOPE_UNSPECIFIED);
  EXPECT_EQ(m.problems(), "x.proto: postroom.admin.v1.XService.Do: its rule has no scope\n");
  m.ruled(RIGHT_UNSPECIFIED, IN_ALL);
  EXPECT_EQ(m.problems(), "x.proto: postroom.admin.v1.XService.Do: its rule names no right\n");
  m.ruled(RIGHT_UNSPECIFIED, ANYONE);
  EXPECT_EQ(m.problems(), "");
}

TEST(rule_check, a_scope_needs_its_string_field_in_the_request) {
  one_method m;
  m.ruled(VIEW_CALLS, IN_PARTITION);
  EXPECT_EQ(m.problems(), "");
  for (const auto& [scope, name] :
       std::vector<std::pair<Scope, std::string>>{{IN_PARTITION, "partition"},
                                                  {IN_ANY, "partition"},
                                                  {BY_CALL, "call"},
                                                  {BY_MAILBOX, "mailbox"}}) {
    m.ruled(VIEW_CALLS, scope);
    m.field("other", pb::FieldDescriptorProto::TYPE_STRING);
    EXPECT_EQ(m.problems(), "x.proto: postroom.admin.v1.XService.Do: its scope " +
                                Scope_Name(scope) + " needs the string field `" + name +
                                "` in Ask\n");
    m.field(name, pb::FieldDescriptorProto::TYPE_UINT64);
    EXPECT_NE(m.problems(), "") << "a number is no name";
    m.field(name, pb::FieldDescriptorProto::TYPE_STRING);
    EXPECT_EQ(m.problems(), "");
  }
}

TEST(rule_check, what_anybody_may_call_takes_little) {
  one_method m;
  m.ruled(RIGHT_UNSPECIFIED, ANYONE);
  auto& r = *m.method().mutable_options()->MutableExtension(rule);
  EXPECT_EQ(max_body_of(r), 8192u);
  r.set_max_body(8193);
  EXPECT_EQ(m.problems(),
            "x.proto: postroom.admin.v1.XService.Do: takes more than 8,192 bytes from anyone\n");
  r.set_scope(SIGNED_IN);
  EXPECT_EQ(m.problems(), "");
  EXPECT_EQ(max_body_of(r), 8193u);
  r.clear_max_body();
  EXPECT_EQ(max_body_of(r), 65536u);
}

TEST(rule_check, services_of_other_packages_need_no_rule) {
  one_method m;
  m.file.set_package("postroom.elsewhere.v1");
  m.method().set_input_type(".postroom.elsewhere.v1.Ask");
  m.method().set_output_type(".postroom.elsewhere.v1.Ask");
  EXPECT_EQ(m.problems(), "");
}

}  // namespace postroom::access

#include "secrets/redact.hpp"

#include <gtest/gtest.h>

#include "postroom/admin/v1/access.pb.h"
#include "postroom/admin/v1/admin.pb.h"
#include "postroom/admin/v1/secrets.pb.h"

namespace postroom::secrets {
namespace {

/// Words that a field of a request must not have in its name unless it is marked.
bool sounds_secret(const std::string& name) {
  for (const auto* word : {"password", "secret_value", "token_value", "setup_token", "private"})
    if (name.find(word) != std::string::npos) return true;
  return name == "value" || name == "secret" || name == "session";
}

}  // namespace

TEST(redact, a_secret_in_a_request_is_never_printed) {
  admin::v1::PutSecretRequest request;
  request.set_partition("IT");
  request.set_name("imap");
  request.set_value("hunter2");
  EXPECT_EQ(printable(request), "partition: \"IT\" name: \"imap\" value: \"********\"");
  EXPECT_EQ(request.value(), "hunter2") << "printing changes nothing";
}

TEST(redact, a_field_that_this_server_does_not_know_is_not_printed_either) {
  admin::v1::PutSecretRequest from_the_future;
  from_the_future.set_value("hunter2");
  admin::v1::ListSecretsRequest request;
  ASSERT_TRUE(request.ParseFromString(from_the_future.SerializeAsString()));
  EXPECT_EQ(printable(request), "");
}

TEST(redact, no_way_to_sign_in_is_ever_printed) {
  admin::v1::SetUpRequest request;
  request.set_setup_token("prx_1");
  request.set_name("ann");
  request.set_password("hunter2");
  EXPECT_EQ(printable(request), "setup_token: \"********\" name: \"ann\" password: \"********\"");
}

TEST(redact, a_mask_tells_nothing_of_the_secret_but_that_there_is_one) {
  EXPECT_EQ(mask("a"), mask("a much longer one"));
  EXPECT_EQ(mask(""), "");
}

TEST(redact, every_field_of_the_api_that_sounds_secret_is_marked) {
  int marked = 0;
  for (const auto* file : {admin::v1::PutSecretRequest::descriptor()->file(),
                           admin::v1::ApplyRequest::descriptor()->file(),
                           admin::v1::SignInRequest::descriptor()->file()})
    for (int m = 0; m < file->message_type_count(); ++m)
      for (int f = 0; f < file->message_type(m)->field_count(); ++f) {
        const auto* field = file->message_type(m)->field(f);
        const bool sensitive = field->options().GetExtension(admin::v1::sensitive);
        if (sensitive) ++marked;
        if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) continue;
        EXPECT_TRUE(sensitive || !sounds_secret(field->name())) << field->full_name();
      }
  EXPECT_GE(marked, 11);
}

}  // namespace postroom::secrets

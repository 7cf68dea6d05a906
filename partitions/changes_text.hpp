#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>

/// How `changes_between` writes names and values; for this room only.
namespace postroom::partitions {

/// The field that names the items of a list: the first one of their message, when it is a single
/// plain value. Null: they have no name and go by their place.
const google::protobuf::FieldDescriptor* name_field(const google::protobuf::Descriptor& type);

/// A plain value, whole: the field's own, or item `index` of a list. A secret that is no reference
/// is hidden.
std::string value_text(const google::protobuf::Message& m,
                       const google::protobuf::FieldDescriptor& field, int index = -1);

/// "host: mail.example.org, port: 993": what an item holds beside its name, on one short line.
std::string summary(const google::protobuf::Message& m);

/// One line without control characters, short enough for a path.
std::string shown_name(std::string_view name);
/// One line; line breaks are written as \n.
std::string shown_value(std::string_view value);
/// Two values that differ, shortened around the place where they begin to.
std::pair<std::string, std::string> shown_values(std::string_view before, std::string_view after);

}  // namespace postroom::partitions

#pragma once

#include <map>
#include <string>

#include "postroom/record/v1/access.pb.h"

/// What the audit says of a change of who may do what.
namespace postroom::access {

/// What is worth telling of an object, by the names people use; no digests.
using told_fields = std::map<std::string, std::string>;
told_fields told_of(const record::v1::AccessPrincipal& principal);
told_fields told_of(const record::v1::AccessRole& role);
told_fields told_of(const record::v1::AccessToken& token);

/// The fields that differ, as they were and as they are: "roles: hr; disabled: yes". Each text has
/// at most 1,000 bytes.
class told_change {
 public:
  void add(const told_fields& was, const told_fields& is);
  [[nodiscard]] const std::string& before() const { return before_; }
  [[nodiscard]] const std::string& after() const { return after_; }

 private:
  std::string before_, after_;
};

}  // namespace postroom::access

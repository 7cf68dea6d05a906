#pragma once

#include <google/protobuf/repeated_field.h>

#include <map>
#include <string>

#include "access/caller.hpp"
#include "access/told.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/access.pb.h"
#include "storage/store.hpp"

/// What the unit "access" holds, in memory. Plain values and pure functions over them.
namespace postroom::access {

using record::v1::AccessGrant;
using record::v1::AccessPrincipal;
using record::v1::AccessRole;
using record::v1::AccessToken;
using grants = google::protobuf::RepeatedPtrField<AccessGrant>;

struct state {
  std::map<std::string, AccessPrincipal> principals;  ///< by name
  std::map<std::string, AccessRole> roles;            ///< by name
  std::map<std::string, AccessToken> tokens;          ///< by id
  std::map<std::string, std::string> token_of;        ///< digest -> id
  std::map<std::string, std::string> subject_of;      ///< certificate subject -> principal
};

/// Errors: those of the store, corrupt_record.
result<state> load_state(const storage::unit_store& store);

/// One change: the state as it will be, and what to write for it.
class edit {
 public:
  edit(state& next, storage::write_batch& batch) : next_(next), batch_(batch) {}
  [[nodiscard]] const state& now() const { return next_; }
  void put(const AccessPrincipal& p);
  void put(const AccessRole& r);
  void put(const AccessToken& t);
  /// With all its tokens.
  void erase_principal(const std::string& name);
  void erase_role(const std::string& name);
  void erase_token(const std::string& id);
  /// For the audit.
  [[nodiscard]] const told_change& told() const { return told_; }

 private:
  state& next_;
  storage::write_batch& batch_;
  told_change told_;
};

rights_map rights_of(const grants& g);
/// Of all the principal's roles.
rights_map rights_of(const state& s, const AccessPrincipal& p);
/// Of these roles; unknown ones hold nothing.
rights_map rights_of(const state& s, const google::protobuf::RepeatedPtrField<std::string>& roles);
grants grants_of(const rights_map& rights);

/// Somebody can sign in who may set up security everywhere.
bool has_administrator(const state& s);

/// 1 to 64 of A–Z, a–z, 0–9, '.', '_', '@', '-'. Errors: config_invalid names the field.
result<void> check_name(const std::string& field, const std::string& name);
/// At most `most` bytes without control characters. Errors: as above.
result<void> check_text(const std::string& field, const std::string& text, std::size_t most);
/// Each names a right, and everywhere or at least one partition. Errors: as above.
result<void> check_grants(const std::string& field, const grants& g);

}  // namespace postroom::access

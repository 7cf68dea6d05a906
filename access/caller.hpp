#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "postroom/admin/v1/rules.pb.h"

/// Who may do what.
namespace postroom::access {

using right = admin::v1::Right;

/// Where a right is held.
struct extent {
  bool everywhere = false;
  std::set<std::string> partitions;
  bool operator==(const extent&) const = default;
};
using rights_map = std::map<right, extent>;

/// Adds what `more` holds.
void join(rights_map& held, const rights_map& more);
/// What is in both.
rights_map common(const rights_map& a, const rights_map& b);
/// Everything wanted is held.
bool covers(const rights_map& held, const rights_map& wanted);

/// How callers prove who they are.
enum class proof : uint8_t { nothing, machine, session, token, certificate };

/// Whoever calls a method, with what they may do. A value: it does not change while a call runs.
class caller {
 public:
  /// May do nothing.
  caller() = default;
  caller(std::string name, std::string from, rights_map rights, proof by = proof::nothing,
         std::string credential = {});
  /// May do everything: who can open the node's own socket could read its files as well.
  static caller machine_operator(std::string name, std::string from);

  [[nodiscard]] const std::string& name() const {
    return name_;
  }  ///< for audit entries; blank: nobody signed in
  [[nodiscard]] const std::string& from() const { return from_; }  ///< address, for audit entries
  [[nodiscard]] proof by() const { return by_; }
  /// What ends the sign-in: a session's digest, a token's id.
  [[nodiscard]] const std::string& credential() const { return credential_; }
  [[nodiscard]] const rights_map& rights() const { return rights_; }

  [[nodiscard]] bool may(right what, const std::string& partition) const;
  [[nodiscard]] bool may_everywhere(right what) const;
  [[nodiscard]] bool may_somewhere(right what) const;
  /// May do all of this, and so may let others do it.
  [[nodiscard]] bool may_all(const rights_map& wanted) const;

 private:
  std::string name_;
  std::string from_;
  rights_map rights_;
  proof by_ = proof::nothing;
  std::string credential_;
};

/// Who makes a change, and why.
class author : public caller {
 public:
  /// Whoever calls may simply be named where no reason is asked for.
  author(caller who, std::string reason = {})
      : caller(std::move(who)), reason_(std::move(reason)) {}
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// Every right, everywhere.
rights_map all_rights();

}  // namespace postroom::access

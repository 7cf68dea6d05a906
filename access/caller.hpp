#pragma once

#include <map>
#include <set>
#include <string>

#include "postroom/admin/v1/rules.pb.h"

/// Who may do what.
namespace postroom::access {

using right = admin::v1::Right;

/// Where a right is held.
struct extent {
  bool everywhere = false;
  std::set<std::string> partitions;
};

/// Whoever calls a method, with what they may do. A value: it does not change while a call runs.
class caller {
 public:
  /// May do nothing.
  caller() = default;
  caller(std::string name, std::string from, std::map<right, extent> rights);
  /// May do everything: who can open the node's own socket could read its files as well.
  static caller machine_operator(std::string name, std::string from);

  [[nodiscard]] const std::string& name() const {
    return name_;
  }  ///< for audit entries; blank: nobody signed in
  [[nodiscard]] const std::string& from() const { return from_; }  ///< address, for audit entries
  [[nodiscard]] bool may(right what, const std::string& partition) const;
  [[nodiscard]] bool may_everywhere(right what) const;
  [[nodiscard]] bool may_somewhere(right what) const;

 private:
  std::string name_;
  std::string from_;
  std::map<right, extent> rights_;
  bool everything_ = false;
};

}  // namespace postroom::access

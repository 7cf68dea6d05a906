#include "app/admin_find.hpp"

namespace postroom::app {

result<open_unit> find_unit(const open_units& units, const std::string& part) {
  std::string open;
  for (auto& unit : units()) {
    if (unit.part.value == part) return unit;
    open += (open.empty() ? "" : ", ") + unit.part.value;
  }
  return fail(ec::not_found,
              "partition " + part + " is not open; open are: " + (open.empty() ? "none" : open));
}

}  // namespace postroom::app

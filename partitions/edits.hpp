#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "partitions/validate.hpp"
#include "postroom/config/v1/config.pb.h"

/// Changes of single objects of the configuration: a server, a person, the rules of a partition.
/// Everything here is pure.
namespace postroom::partitions {

/// One change of one object.
struct edit {
  /// The configuration it leads to, which nobody has validated yet. Errors: not_found names what
  /// there is; already_exists; config_invalid and conflict say why it may not be.
  std::function<result<config::v1::Settings>(config::v1::Settings now)> apply;
  /// A configuration without all but the object: what the object was in some version.
  std::function<config::v1::Settings(const config::v1::Settings&)> object;
  /// The same after the edit, which may have named it anew. Empty: `object` gives it.
  std::function<config::v1::Settings(const config::v1::Settings&)> object_after = {};
  /// The problems of the configuration that `apply` gave, as seen from the object: paths inside it,
  /// nothing about other partitions.
  std::function<std::vector<problem>(const config::v1::Settings&, std::vector<problem>)> seen;
  std::string name;  ///< "the incoming server it-inbox": how errors call the object
};

/// Another number whenever the object is another one, which `edit::object` gave. It tells nothing
/// of anything else. Never 0, and small enough for a number of JSON.
uint64_t revision_of(const config::v1::Settings& object);

edit set_general(config::v1::General general);

/// With all that belongs to it.
edit add_partition(config::v1::Partition partition);
edit remove_partition(std::string id);
/// The partition's name, scales, matrix, lists, templates and texts; its servers and people stay.
edit set_rules(std::string partition, config::v1::Partition rules);
/// A partition without servers and people.
config::v1::Partition rules_of(config::v1::Partition partition);

/// Of incoming servers, outgoing servers and OAuth clients alike; `Item` says which. An update
/// changes the name of an outgoing server only: what is stored goes by the names of the others. A
/// client is not removed while servers name it; the error names them.
template <class Item>
edit add_item(std::string partition, Item item);
template <class Item>
edit update_item(std::string partition, std::string name, Item item);
template <class Item>
edit remove_item(std::string partition, std::string name);
/// What `edit::object` gives of an item that is there.
template <class Item>
config::v1::Settings alone(const std::string& partition, const Item& item);

/// The lists of names whose members other parts of the partition refer to.
enum class name_kind {
  impact,
  urgency,
  priority,
  status,
  stream,
  office,
  group,
  screen_set,
  call_template
};
/// Gives a name another spelling everywhere in the partition.
edit rename(std::string partition, name_kind kind, std::string from, std::string to);
/// Adds the template; with `replace` also in place of the one of its name.
edit put_template(std::string partition, config::v1::CallTemplate value, bool replace);
/// Refused while servers or routing rules use it, by their names.
edit remove_template(std::string partition, std::string name);

/// A person goes by an address in any case; a template person without one by the name.
edit add_person(std::string partition, config::v1::Person person);
edit update_person(std::string partition, std::string key, config::v1::Person person);
edit remove_person(std::string partition, std::string key);
/// Null: nobody.
const config::v1::Person* find_person(const config::v1::Partition& partition, std::string_view key);

/// Null: there is none.
const config::v1::Partition* find_partition(const config::v1::Settings& settings,
                                            std::string_view id);

}  // namespace postroom::partitions

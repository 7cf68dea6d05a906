#pragma once

#include <fstream>
#include <string>

namespace postroom::app {

/// A partition without servers that passes every check; line 8 is its matrix.
inline std::string partition_yaml(const std::string& id) {
  return "id: " + id + "\n" + "name: Department " + id +
         "\n"
         "impacts: [High]\n"
         "urgencies: [Normal]\n"
         "priorities: [P1]\n"
         "statuses: [Incident]\n"
         "streams: [Hardware]\n"
         "matrix: [{impact: High, priority: {Normal: P1}}]\n"
         "screen_sets: [{name: Standard, status: Incident, stream: Hardware}]\n"
         "templates: [{name: Mail, status: Incident, stream: Hardware, impact: High, urgency: "
         "Normal}]\n";
}

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
}

}  // namespace postroom::app

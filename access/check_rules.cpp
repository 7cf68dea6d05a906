#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <fstream>

#include "access/rule_check.hpp"

/// Runs during the build, on the descriptors of all our schemas: a method without a proper rule
/// does not build. usage: check_rules FILE
int main(int argc, char** argv) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream in{argc == 2 ? argv[1] : "", std::ios::binary};
  if (!files.ParseFromIstream(&in) || files.file().empty()) {
    std::fprintf(stderr, "check_rules: no file descriptors in %s\n", argc == 2 ? argv[1] : "''");
    return 2;
  }
  google::protobuf::DescriptorPool pool;
  int wrong = 0;
  for (const auto& file : files.file()) {  // a file comes after those it imports
    const auto* built = pool.BuildFile(file);
    if (!built) return 2;
    for (const auto& problem : postroom::access::problems_of(*built)) {
      std::fprintf(stderr, "%s\n", problem.c_str());
      ++wrong;
    }
  }
  return wrong == 0 ? 0 : 1;
}

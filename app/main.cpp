#include <string>
#include <vector>

#include "app/cli.hpp"
#include "app/serve.hpp"

int main(int argc, char** argv) {
  auto term = postroom::app::process_terminal(postroom::app::serve);
  return postroom::app::run_cli(std::vector<std::string>(argv + 1, argv + argc), term);
}

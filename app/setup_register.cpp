#include "app/setup_register.hpp"

#include <memory>

#include "app/admin_directory.hpp"
#include "app/admin_email_settings.hpp"
#include "app/admin_oauth_clients.hpp"
#include "app/admin_partitions.hpp"

namespace postroom::app {

void register_setup(guarded_server& server, const setup_backend& backend) {
  register_email_settings(server, std::make_shared<email_settings>(backend));
  register_partitions(server, backend);
  register_directory(server, backend);
  register_oauth_clients(server, backend);
}

}  // namespace postroom::app

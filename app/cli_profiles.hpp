#pragma once

#include <string>

#include "api/tls_client.hpp"
#include "app/cli.hpp"
#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"

/// Servers by name, in a file of whoever uses the command line.
namespace postroom::app {

/// POSTROOM_PROFILES, else ~/.config/postroom/profiles.yaml.
std::string profiles_file(const terminal& term);
/// Where the session of a profile is kept, beside the profiles.
std::string session_file(const terminal& term, const std::string& profile);

/// No file: no profiles. Errors: config_invalid: a problem in it, with its line; a token in it and
/// others than its owner may read it.
result<config::v1::Profiles> read_profiles(const terminal& term);

/// --profile, else POSTROOM_PROFILE; blank: neither.
std::string wanted_profile(const invocation& in, const terminal& term);

/// "https://host:port", the port 443 when there is none. Errors: config_invalid.
result<api::https_target> parse_url(const std::string& url);

/// Adds to every command that can name a socket that it can name a profile.
void offer_profiles(std::vector<command_spec>& commands);

/// `postroom profiles ...`, `sign-in`, `sign-out`, `password`, `set-up`.
std::vector<command_spec> remote_commands();

int run_profiles_list(const invocation& in, terminal& term);
int run_profiles_add(const invocation& in, terminal& term);
int run_profiles_remove(const invocation& in, terminal& term);
int run_sign_in(const invocation& in, terminal& term);
int run_sign_out(const invocation& in, terminal& term);
int run_password(const invocation& in, terminal& term);
int run_set_up(const invocation& in, terminal& term);

}  // namespace postroom::app

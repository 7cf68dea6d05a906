# Debian's libhttp-parser-dev brings neither a CMake package nor a pkg-config file.
find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h)
find_library(HTTP_PARSER_LIBRARY http_parser)
if(HTTP_PARSER_INCLUDE_DIR)
  file(STRINGS ${HTTP_PARSER_INCLUDE_DIR}/http_parser.h _version REGEX "^#define HTTP_PARSER_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^;0-9]" "" _version "${_version}")
  string(REPLACE ";" "." HTTP_PARSER_VERSION "${_version}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HttpParser REQUIRED_VARS HTTP_PARSER_LIBRARY HTTP_PARSER_INCLUDE_DIR
  VERSION_VAR HTTP_PARSER_VERSION)
if(HttpParser_FOUND AND NOT TARGET HttpParser::http_parser)
  # Not an include directory: see FindCAF.cmake.
  add_library(HttpParser::http_parser UNKNOWN IMPORTED)
  set_target_properties(HttpParser::http_parser PROPERTIES IMPORTED_LOCATION ${HTTP_PARSER_LIBRARY})
endif()

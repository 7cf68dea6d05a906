# Our own code compiles without a warning; generated code and Debian's headers are left alone.
add_library(postroom_warnings INTERFACE)
target_compile_options(postroom_warnings INTERFACE
  -Wall -Wextra -Wconversion -Werror -Werror=switch -Wno-missing-field-initializers
  # In a unity build a local may be called what a neighbour's anonymous namespace calls something, and g++ 12 takes
  # anonymous namespaces for those of headers, and sees impossible sizes in the assignments of strings.
  $<IF:$<BOOL:${POSTROOM_UNITY}>,$<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage;-Wno-stringop-overflow>,-Wshadow>
  $<$<AND:$<BOOL:${POSTROOM_UNITY}>,$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-array-bounds>
  # g++ 12 sees overlaps in std::string's operator+ (GCC bug 105651) and uninitialised members in
  # std::variant's move at -O2 and above that cannot be; clang-tidy and the sanitizers watch for the real ones.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>
  # clang counts int to size_t and the like among -Wconversion; g++ does not.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

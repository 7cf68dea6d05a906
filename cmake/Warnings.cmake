# Our own code compiles without a warning; generated code and Debian's headers are left alone.
add_library(postroom_warnings INTERFACE)
target_compile_options(postroom_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Werror -Werror=switch -Wno-missing-field-initializers
  # g++ 12 sees overlaps in std::string's operator+ at -O2 and above that cannot be (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # clang counts int to size_t and the like among -Wconversion; g++ does not.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

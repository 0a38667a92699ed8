# latchkey_warnings: what every target of ours is compiled with. Warnings are errors.
add_library(latchkey_warnings INTERFACE)
target_compile_options(latchkey_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wcast-align
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(latchkey_warnings INTERFACE -Wthread-safety)
else()
  # gcc 12 reports false positives of these inside the standard library at -O2.
  target_compile_options(latchkey_warnings INTERFACE
    -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()

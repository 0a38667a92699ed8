# LATCHKEY_SANITIZE: empty, "address,undefined" or "thread"; applies to the whole build.
set(LATCHKEY_SANITIZE "" CACHE STRING "Sanitizers to build with, as in -fsanitize=")
if(LATCHKEY_SANITIZE)
  add_compile_options(-fsanitize=${LATCHKEY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LATCHKEY_SANITIZE})
endif()

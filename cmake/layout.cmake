# LATCHKEY_LAYOUT: latchkeyd, and the floor that it is measured beside, are laid out by how they are used (tools/lay_out.py).
# What is shipped and measured then lies in the build's bin/, made by the target `layout`. Needs BOLT, which counts on
# x86-64 only, and redis-server.
option(LATCHKEY_LAYOUT "Lay latchkeyd out by how it is used" OFF)
if(LATCHKEY_LAYOUT AND NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  message(STATUS "latchkeyd is not laid out by how it is used: BOLT counts on x86-64 only")
  set(LATCHKEY_LAYOUT OFF)
endif()
if(LATCHKEY_LAYOUT)
  # A function that gcc has split, BOLT leaves as it is.
  add_compile_options(-fno-reorder-blocks-and-partition)
endif()

# Once the programs are declared.
function(latchkey_lay_out)
  if(NOT LATCHKEY_LAYOUT)
    install(TARGETS latchkeyd)
    return()
  endif()
  foreach(program IN ITEMS latchkeyd latchkey-load-floor)
    target_link_options(${program} PRIVATE -Wl,--emit-relocs)
  endforeach()
  set(script "${PROJECT_SOURCE_DIR}/tools/lay_out.py")
  set(bin "${CMAKE_BINARY_DIR}/bin")
  add_custom_command(
    OUTPUT "${bin}/latchkeyd" "${bin}/latchkey-load-floor"
    COMMAND "${script}" --load $<TARGET_FILE:latchkey-load> --latchkeyd $<TARGET_FILE:latchkeyd>
            --floor $<TARGET_FILE:latchkey-load-floor> --to "${bin}"
    DEPENDS latchkeyd latchkey-load-floor "${script}"
    COMMENT "Laying out latchkeyd by how it is used"
    VERBATIM)
  add_custom_target(layout ALL DEPENDS "${bin}/latchkeyd" "${bin}/latchkey-load-floor")
  add_dependencies(layout latchkey-load)
  install(PROGRAMS "${bin}/latchkeyd" TYPE BIN)
endfunction()

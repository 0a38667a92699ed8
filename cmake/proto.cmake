# latchkey_proto_library(proto SOURCES a.proto … ROOT dir) compiles messages and gRPC stubs.
# Generated code is a system include: our warnings are for what we write.
function(latchkey_proto_library name)
  cmake_parse_arguments(ARG "" "ROOT" "SOURCES" ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/generated")
  file(MAKE_DIRECTORY "${out}")
  get_target_property(plugin gRPC::grpc_cpp_plugin LOCATION)
  foreach(source IN LISTS ARG_SOURCES)
    cmake_path(REPLACE_EXTENSION source LAST_ONLY OUTPUT_VARIABLE stem)
    set(products "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h" "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
    add_custom_command(
      OUTPUT ${products}
      COMMAND protobuf::protoc --proto_path=${ARG_ROOT} --cpp_out=${out} --grpc_out=${out}
              --plugin=protoc-gen-grpc=${plugin} ${source}
      DEPENDS "${ARG_ROOT}/${source}"
      VERBATIM)
    list(APPEND generated ${products})
  endforeach()
  add_library(latchkey_${name} STATIC ${generated})
  add_library(latchkey::${name} ALIAS latchkey_${name})
  target_compile_features(latchkey_${name} PUBLIC cxx_std_20)
  target_include_directories(latchkey_${name} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>")
  target_link_libraries(latchkey_${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
endfunction()

# One helper per kind of target, so that a folder's CMakeLists.txt only says what is in it.
include(CheckCXXCompilerFlag)

add_library(cw_flags INTERFACE)
target_compile_features(cw_flags INTERFACE cxx_std_20)
target_compile_options(cw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wuseless-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  # gcc 12 reports false positives inside std::variant, std::string and coroutine frames.
  -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
  $<$<BOOL:${CW_WERROR}>:-Werror>)
target_link_libraries(cw_flags INTERFACE Threads::Threads)
if(CW_SANITIZE)
  target_compile_options(cw_flags INTERFACE -fsanitize=${CW_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(cw_flags INTERFACE -fsanitize=${CW_SANITIZE})
  # Asio uses atomic_thread_fence, which gcc's thread sanitizer says it cannot follow.
  if(CW_SANITIZE STREQUAL "thread")
    target_compile_options(cw_flags INTERFACE -Wno-tsan)
  endif()
endif()

# What a program needs besides to run under the thread sanitizer.
function(cw_tsan_support target)
  if(CW_SANITIZE STREQUAL "thread")
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/scripts/cmake/tsan_support.cpp")
  endif()
endfunction()

find_program(CW_CCACHE ccache)
if(CW_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CW_CCACHE}")
endif()
find_program(CW_MOLD mold)
if(CW_MOLD)
  target_link_options(cw_flags INTERFACE -fuse-ld=mold)
endif()

# cw_library(domain SOURCES a.cpp DEPS cw::base SYSTEM_DEPS fmt::fmt)
# -> target cw_domain, alias cw::domain; headers are included as "lib/domain/x.hpp".
# DEPS are public (their headers appear in ours), SYSTEM_DEPS private third-party libraries,
# PUBLIC_SYSTEM_DEPS third-party libraries that appear in our headers.
function(cw_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;SYSTEM_DEPS;PUBLIC_SYSTEM_DEPS" ${ARGN})
  add_library(cw_${name} STATIC ${arg_SOURCES})
  add_library(cw::${name} ALIAS cw_${name})
  target_include_directories(cw_${name} PUBLIC "${CMAKE_SOURCE_DIR}/services")
  target_link_libraries(cw_${name}
    PUBLIC ${arg_DEPS} ${arg_PUBLIC_SYSTEM_DEPS}
    PRIVATE cw_flags ${arg_SYSTEM_DEPS})
endfunction()

# Everything that is deployed, without the tests: `scripts/build release --target programs`.
add_custom_target(programs)

# cw_service(matcher SOURCES ... DEPS ... [SYSTEM_DEPS ...] [EXECUTABLE name])
# -> library cw_<name> with everything but main.cpp (tests link it), executable cardwatch-<name>.
function(cw_service name)
  cmake_parse_arguments(arg "" "EXECUTABLE" "SOURCES;DEPS;SYSTEM_DEPS;PUBLIC_SYSTEM_DEPS" ${ARGN})
  if(NOT arg_EXECUTABLE)
    set(arg_EXECUTABLE cardwatch-${name})
  endif()
  cw_library(${name} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS}
    SYSTEM_DEPS ${arg_SYSTEM_DEPS} PUBLIC_SYSTEM_DEPS ${arg_PUBLIC_SYSTEM_DEPS})
  add_executable(${arg_EXECUTABLE} main.cpp)
  target_link_libraries(${arg_EXECUTABLE} PRIVATE cw_${name} cw_flags)
  cw_tsan_support(${arg_EXECUTABLE})
  add_dependencies(programs ${arg_EXECUTABLE})
  set_target_properties(${arg_EXECUTABLE} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# cw_test(NAME domain_pan SOURCES pan_test.cpp DEPS cw::domain LABELS unit [TIMEOUT 60])
# A GoogleTest program; ctest shows it as one test named NAME.
function(cw_test)
  cmake_parse_arguments(arg "" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS;FIXTURES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  # Programs with a sanitizer take several times as long.
  if(CW_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 10")
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} cw_flags GTest::gtest_main)
  cw_tsan_support(${arg_NAME})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_compile_definitions(${arg_NAME} PRIVATE CW_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    CW_BUILD_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
  set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  if(arg_FIXTURES)
    set_tests_properties(${arg_NAME} PROPERTIES FIXTURES_REQUIRED "${arg_FIXTURES}")
  endif()
endfunction()

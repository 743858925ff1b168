# libtvp-pool: the pool for other programs, with its headers and tvp-pool.pc. The sources that it rests on are compiled
# once more, position independent, into an archive, so that only what the pool needs of them gets in; nothing but tvp_*
# gets out. Of src/machine it takes the cgroup's quota, which needs no other library.
get_target_property(pool_sources tvp_pool SOURCES)
get_target_property(pool_core_sources tvp_core SOURCES)
get_target_property(pool_executor_sources tvp_executors SOURCES)
set(pool_base_sources ${pool_core_sources})
foreach(source cgroup cgroup_limits files)
  list(APPEND pool_base_sources "${PROJECT_SOURCE_DIR}/src/machine/${source}.c")
endforeach()

add_library(tvp_pool_base STATIC ${pool_base_sources})
set_target_properties(tvp_pool_base PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_link_libraries(tvp_pool_base PRIVATE tvp_options)

add_library(tvp_pool_library SHARED ${pool_sources} ${pool_executor_sources})
target_link_libraries(tvp_pool_library PRIVATE tvp_options tvp_pool_base Threads::Threads m)
target_include_directories(tvp_pool_library INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>")
target_link_options(tvp_pool_library PRIVATE "-Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/pool.map")
# A sanitizer's functions come with the program.
if(NOT TVP_SANITIZE)
  target_link_options(tvp_pool_library PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(tvp_pool_library PROPERTIES
  OUTPUT_NAME tvp-pool
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/pool.map")

# libtvp-placement: CPU lists by the machine's topology, apart from the pool so that its workers need not load hwloc.
add_library(tvp_placement_library SHARED "${PROJECT_SOURCE_DIR}/src/machine/tvp_placement.c"
  "${PROJECT_SOURCE_DIR}/src/machine/placement.c" "${PROJECT_SOURCE_DIR}/src/machine/topology.c")
target_link_libraries(tvp_placement_library PRIVATE tvp_options tvp_pool_base PkgConfig::HWLOC)
target_include_directories(tvp_placement_library INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>")
target_link_options(tvp_placement_library PRIVATE "-Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/pool.map")
set_target_properties(tvp_placement_library PROPERTIES
  OUTPUT_NAME tvp-placement
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/pool.map")

# The prefix as seen from the pkg-config file: so that the tree can be moved, and DESTDIR needs no more.
set(pool_pkgconfig "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH TVP_POOL_PREFIX "/${pool_pkgconfig}" "/")
string(REGEX REPLACE "/$" "" TVP_POOL_PREFIX "${TVP_POOL_PREFIX}")
foreach(library pool placement)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/tvp-${library}.pc.in" "${PROJECT_BINARY_DIR}/generated/tvp-${library}.pc" @ONLY)
endforeach()

install(TARGETS tvp_pool_library tvp_placement_library LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT pool)
install(FILES "${PROJECT_SOURCE_DIR}/src/tvp/pool.h" "${PROJECT_SOURCE_DIR}/src/tvp/task.h"
  "${PROJECT_SOURCE_DIR}/src/tvp/placement.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tvp" COMPONENT pool)
install(FILES "${PROJECT_BINARY_DIR}/generated/tvp-pool.pc" "${PROJECT_BINARY_DIR}/generated/tvp-placement.pc"
  DESTINATION "${pool_pkgconfig}" COMPONENT pool)

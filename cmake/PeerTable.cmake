# Turns a folder of peers, the outside baselines, into programs and a const table of them.
#
#   tvp_peer_folder(FOLDER)
#
# FOLDER/some-name.c (.cc, .py) becomes the program tvp-peer-some-name, if what it needs is found here, and in any case
# an executor in peer_table[] (target tvp_peers). It is linked with FOLDER/common/peer.c, or lies beside a copy of
# FOLDER/common/tvp_peer.py. A new file is noticed at the next build. Its head says, a line each:
#
#   summary: one line for people
#   entries: the values of the setting "entry" that it has
#   needs: pkg-config MODULE[>=VERSION] | the package to install
#   needs: Package::target | …              as find_package(Package) defines it
#   needs: python3 | …                      3.8 or newer, the one that `env python3` runs

# One value from the head of a file, as the text of a C string.
function(tvp_peer_head result file key)
  file(READ "${file}" text LIMIT 2000)
  if(NOT text MATCHES "\n[ #*]+${key}: ([^\n]+)\n")
    message(FATAL_ERROR "${file}: its head has no line \"${key}: …\", see cmake/PeerTable.cmake")
  endif()
  string(REGEX REPLACE "([\"\\\\])" "\\\\\\1" value "${CMAKE_MATCH_1}")
  set(${result} "${value}" PARENT_SCOPE)
endfunction()

# Looks for what a peer needs: sets ${result}_version (empty: it is missing), ${result}_libraries to link, and
# ${result}_name of it for people.
function(tvp_peer_need result needs)
  set(version "")
  set(libraries "")
  if(needs MATCHES "^pkg-config (([^ >=]+).*)$")
    set(name "${CMAKE_MATCH_1}")
    set(module "${CMAKE_MATCH_2}")
    pkg_check_modules("PEER_${module}" QUIET IMPORTED_TARGET "${name}")
    set(version "${PEER_${module}_VERSION}")
    set(libraries "PkgConfig::PEER_${module}")
    # so that the next build notices when it has been installed
    file(GLOB ignored CONFIGURE_DEPENDS "/usr/lib*/pkgconfig/${module}.pc" "/usr/lib/*/pkgconfig/${module}.pc")
  elseif(needs MATCHES "^([^:]+)::(.+)$")
    set(name "${CMAKE_MATCH_1}")
    set(target "${CMAKE_MATCH_2}")
    find_package(${name} QUIET)
    if(TARGET ${needs})
      string(REGEX MATCH "[^;]+" version "${${name}_VERSION};${${target}_VERSION};found")
      set(libraries "${needs}")
    endif()
  elseif(needs STREQUAL "python3")
    set(name "Python 3.8 or newer")
    set(ask "import sys, ctypes, multiprocessing.pool, concurrent.futures.process
print('.'.join(map(str, sys.version_info[:3])) if sys.version_info >= (3, 8) else '')")
    execute_process(COMMAND env python3 -c "${ask}"
      TIMEOUT 20 OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  else()
    message(FATAL_ERROR "a peer's head says \"needs: ${needs}\", which is of no kind that cmake/PeerTable.cmake knows")
  endif()
  foreach(part IN ITEMS name version libraries)
    set(${result}_${part} "${${part}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Without sanitizers: the libraries are built without them, and ThreadSanitizer cannot see how OpenMP's threads wait.
function(tvp_peer_compile program symbol source libraries)
  get_filename_component(folder "${source}" DIRECTORY)
  add_executable(${program} "${source}" "${folder}/common/peer.c")
  get_target_property(options tvp_options INTERFACE_COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "sanitize")
  target_compile_options(${program} PRIVATE ${options})
  target_compile_definitions(${program} PRIVATE _GNU_SOURCE "PEER=${symbol}")
  target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/bench")
  target_link_libraries(${program} PRIVATE ${libraries})
  install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/tvp")
endfunction()

function(tvp_peer_script program source)
  configure_file("${source}" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${program}" COPYONLY FILE_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  install(PROGRAMS "${source}" DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/tvp" RENAME "${program}")
endfunction()

# Of one file: sets definition (C code), program (empty: it cannot be built here) and said (for people) at the caller.
function(tvp_peer_add name symbol source)
  tvp_peer_head(summary "${source}" "summary")
  tvp_peer_head(entries "${source}" "entries")
  tvp_peer_head(needs "${source}" "needs")
  string(REGEX REPLACE " *[|].*" "" need "${needs}")
  string(REGEX REPLACE "^[^|]*[|] *" "" package "${needs}")
  tvp_peer_need(found "${need}")
  set(program "tvp-peer-${name}")
  if(NOT found_version)
    set(probe "\"${found_name}\", \"${package}\"")
  elseif(source MATCHES "[.]py$")
    set(probe "NULL, NULL")
    tvp_peer_script(${program} "${source}")
  else()
    set(probe "NULL, NULL")
    tvp_peer_compile(${program} ${symbol} "${source}" "${found_libraries}")
  endif()
  string(REPLACE " " "\", \"" entries "${entries}")
  string(CONCAT definition
    "static int ${symbol}_probe(char *reason)\n{\n"
    "\treturn probe(\"${program}\", ${probe}, reason);\n}\n\n"
    "static const char *const ${symbol}_entries[] = {\"${entries}\", NULL};\n\n"
    "static const struct executor ${symbol} = {\n"
    "\t.name = \"${name}\",\n"
    "\t.summary = \"${summary}\",\n"
    "\t.sharing = SHARING_OUTSIDE,\n"
    "\t.program = \"${program}\",\n"
    "\t.entries = ${symbol}_entries,\n"
    "\t.probe = ${symbol}_probe,\n"
    "};\n\n")
  set(definition "${definition}" PARENT_SCOPE)
  if(found_version)
    set(program "${program}" PARENT_SCOPE)
    set(said "${name} (${found_version})" PARENT_SCOPE)
  else()
    set(program "" PARENT_SCOPE)
    set(said "${name} (install ${package})" PARENT_SCOPE)
  endif()
endfunction()

function(tvp_peer_folder folder)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.c" "${folder}/*.cc" "${folder}/*.py")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WLE)
    set("source_of_${name}" "${source}")
    list(APPEND names "${name}")
  endforeach()
  list(SORT names)
  set(definitions "")
  set(table "")
  foreach(name IN LISTS names)
    string(REPLACE "-" "_" symbol "peer_${name}")
    tvp_peer_add("${name}" "${symbol}" "${source_of_${name}}")
    string(APPEND definitions "${definition}")
    string(APPEND table "\t&${symbol},\n")
    if(program)
      list(APPEND programs "${program}")
      list(APPEND having "${said}")
    else()
      list(APPEND lacking "${said}")
    endif()
  endforeach()
  configure_file("${folder}/common/tvp_peer.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tvp_peer.py" COPYONLY)
  install(FILES "${folder}/common/tvp_peer.py" DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/tvp")
  set_property(GLOBAL PROPERTY TVP_PEER_PROGRAMS "${programs}")
  list(JOIN having ", " having)
  list(JOIN lacking ", " lacking)
  if(lacking)
    string(PREPEND lacking "; missing: ")
  endif()
  message(STATUS "Peers: ${having}${lacking}")

  set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated/peer_table.c")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/peer_table.c.in" "${generated}.new" @ONLY)
  file(COPY_FILE "${generated}.new" "${generated}" ONLY_IF_DIFFERENT)
  add_library(tvp_peers OBJECT "${generated}")
  target_link_libraries(tvp_peers PUBLIC tvp_core)
endfunction()

#   tvp_peers_beside(TARGET FOLDER): the peers' programs lie in FOLDER too, where TARGET is built, and are built with it.
function(tvp_peers_beside target folder)
  get_property(programs GLOBAL PROPERTY TVP_PEER_PROGRAMS)
  foreach(program IN LISTS programs)
    if(TARGET ${program})
      add_dependencies(${target} ${program})
    endif()
    if(NOT folder STREQUAL CMAKE_RUNTIME_OUTPUT_DIRECTORY)
      file(MAKE_DIRECTORY "${folder}")
      file(CREATE_LINK "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${program}" "${folder}/${program}" SYMBOLIC)
    endif()
  endforeach()
endfunction()

# Turns a folder of plug-in files into a library with a const table of them.
#
#   tvp_plugin_library(LIBRARY KIND[:TYPE] FOLDER…)
#
# Every FOLDER/some-name.c ends in `const struct TYPE KIND_some_name`; without TYPE it is the kind. The generated file lists them in order of name
# as KIND_table (NULL at the end) and defines KIND_find(name). A new file is noticed at the next build.
function(tvp_plugin_library library kind)
  string(REGEX REPLACE "^.*:" "" type "${kind}")
  string(REGEX REPLACE ":.*$" "" kind "${kind}")
  set(sources "")
  foreach(folder IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS "${folder}/*.c")
    list(APPEND sources ${found})
  endforeach()
  set(externs "")
  set(entries "")
  set(names "")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    list(APPEND names "${name}")
  endforeach()
  list(SORT names)
  foreach(name IN LISTS names)
    string(REPLACE "-" "_" symbol "${name}")
    string(APPEND externs "extern const struct ${type} ${kind}_${symbol};\n")
    string(APPEND entries "\t&${kind}_${symbol},\n")
  endforeach()
  set(table "${CMAKE_CURRENT_BINARY_DIR}/generated/${library}_table.c")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/plugin_table.c.in" "${table}.new" @ONLY)
  file(COPY_FILE "${table}.new" "${table}" ONLY_IF_DIFFERENT)
  # objects, not an archive: whoever links them has the table, wherever it stands on the command line
  add_library(${library} OBJECT ${sources} "${table}")
  target_link_libraries(${library} PUBLIC tvp_core)
endfunction()

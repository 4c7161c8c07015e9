# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Run by CPack when the files of each package lie in a folder of its own: adds copyright and changelogs where Debian
# wants them, compresses these and the manual pages, without a time stamp, and takes debug information out of the
# static library, which the install rules don't.
set(folders program proctree ship proctree-ship runtime libproctree2 development libproctree-dev python python3-proctree)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  list(FIND folders ${component} at)
  math(EXPR at "${at} + 1")
  list(GET folders ${at} package)
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
  set(docs ${root}/usr/share/doc/${package})
  set(source ${CMAKE_CURRENT_LIST_DIR}/..)
  file(COPY ${source}/packaging/debian/copyright DESTINATION ${docs} FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  configure_file(${source}/packaging/debian/changelog ${docs}/changelog.Debian COPYONLY)
  configure_file(${source}/CHANGELOG.md ${docs}/changelog COPYONLY)
  file(GLOB_RECURSE archives ${root}/usr/lib/*.a)
  foreach(archive IN LISTS archives)
    execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${archive} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(GLOB_RECURSE pages ${root}/usr/share/man/*.[1-9])
  execute_process(COMMAND gzip -9nf ${docs}/changelog.Debian ${docs}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

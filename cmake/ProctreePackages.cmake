# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# The Debian packages, one a component: proctree (program), libproctree2 (runtime), libproctree-dev
# (development), python3-proctree (python), proctree-ship (ship). scripts/package makes them.
set(packaging ${PROJECT_SOURCE_DIR}/packaging/debian)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME proctree)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_PACKAGE_CONTACT "proctree maintainers <maintainers@proctree.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/ProctreePackageFiles.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL program)
if(PROCTREE_NETWORK)
  list(APPEND CPACK_COMPONENTS_ALL ship)
endif()
if(NOT PROCTREE_STATIC)
  list(APPEND CPACK_COMPONENTS_ALL runtime development)
  if(PROCTREE_PYTHON_MODULE)
    list(APPEND CPACK_COMPONENTS_ALL python)
  endif()
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME proctree)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS logrotate)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS jq)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
  "${packaging}/postinst;${packaging}/prerm;${packaging}/postrm;${packaging}/conffiles")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "tracer of processes and of who started them
proctree follows every process of a host from eBPF programs in the kernel and
tells, for each program executed, the whole chain of processes that led to it:
live on a terminal, or as JSON lines for an audit trail. A systemd unit is
included; it is not enabled by itself.")

set(CPACK_DEBIAN_SHIP_PACKAGE_NAME proctree-ship)
set(CPACK_DEBIAN_SHIP_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_SHIP_PACKAGE_DEPENDS "proctree (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_DEBIAN_SHIP_PACKAGE_CONTROL_EXTRA "${packaging}/ship/postinst;${packaging}/ship/prerm;${packaging}/ship/postrm")
set(CPACK_COMPONENT_SHIP_DESCRIPTION
  "process lineage, brought to other hosts
The part of proctree that speaks to a network: ships the lines of a host's
spool to NATS JetStream or to a receiver of OpenTelemetry's protocol, and
collects from JetStream into a store; stores may be PostgreSQL's. Its systemd
units are templates; none is enabled by itself.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libproctree2)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${packaging}/triggers")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "process lineage from eBPF - shared library
For programs that follow the processes of a host and their lineage in a loop of
their own, such as agents that watch over it.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libproctree-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libproctree2 (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libbpf-dev, libelf-dev, zlib1g-dev, libexpected-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "process lineage from eBPF - headers and static library
For programs that follow the processes of a host and their lineage in a loop of
their own: headers for C++ and C, CMake and pkg-config files.")

set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-proctree)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
  "python3 (>= 3.10), python3-cffi-backend, libproctree2 (>= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA "${packaging}/python/postinst;${packaging}/python/prerm")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION
  "process lineage from eBPF - Python module
For programs in Python that follow the processes of a host and their lineage:
by iteration, within asyncio, or in any loop that waits for a descriptor.")

include(CPack)

# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# cmake -DOBJECT=FILE -P …: has a BPF object (64 bits, little or big endian) nothing that Linux 5.8 can't load?
# Looked at are each instruction, the helpers called, and that there is no call of a kfunc.
cmake_minimum_required(VERSION 3.25)
file(READ ${OBJECT} bytes HEX)
set(last_helper 135) # bpf_csum_level

# Newer ones that stand behind bpf_core_enum_value_exists(enum bpf_func_id, …), whose branch the load drops.
set(guarded_helpers
  158  # get_current_task_btf
  175) # task_pt_regs

# number(VARIABLE OFFSET SIZE): as the object's byte order has it.
string(SUBSTRING "${bytes}" 10 2 endian)
macro(number variable offset size)
  math(EXPR at "2 * (${offset})")
  math(EXPR digits "2 * ${size}")
  string(SUBSTRING "${bytes}" ${at} ${digits} hex)
  if(endian STREQUAL "01")
    string(REGEX MATCHALL ".." pairs "${hex}")
    list(REVERSE pairs)
    list(JOIN pairs "" hex)
  endif()
  math(EXPR ${variable} "0x${hex}")
endmacro()

set(refused)
macro(refuse expression why)
  set(found ${instructions})
  list(FILTER found INCLUDE REGEX "${expression}")
  if(NOT "${ARGN}" STREQUAL "")
    list(FILTER found EXCLUDE REGEX "${ARGN}")
  endif()
  list(LENGTH found count)
  if(count GREATER 0)
    string(APPEND refused "\n  ${count} of ${why}")
  endif()
endmacro()

# An instruction, 16 digits: the opcode, two registers, offset, immediate. The source's register is the second
# digit of the pair where the object is big endian.
function(check_section offset size)
  math(EXPR at "2 * ${offset}")
  math(EXPR digits "2 * ${size}")
  string(SUBSTRING "${bytes}" ${at} ${digits} section)
  string(REGEX MATCHALL "................" instructions "${section}")
  refuse("^(c3|db|cb|d3)" "atomic instructions other than the plain add" "^(c3|db)......00000000$")
  refuse("^(81|89|91)" "loads that extend a sign")
  refuse("^(bc|bf)..(0800|1000|2000|0008|0010|0020)" "moves that extend a sign")
  refuse("^(3c|3f|34|37|9c|9f|94|97)..(0100|0001)" "divisions with a sign")
  refuse("^(d7|06|e5)" "byte swaps, far or bounded jumps of -mcpu=v4")
  set(helpers ${instructions})
  if(endian STREQUAL "01")
    list(FILTER helpers INCLUDE REGEX "^850")
    list(TRANSFORM helpers REPLACE "^........(..)(..)(..)(..)" "0x\\4\\3\\2\\1")
  else()
    list(FILTER helpers INCLUDE REGEX "^85.0")
    list(TRANSFORM helpers REPLACE "^........(........)$" "0x\\1")
  endif()
  list(REMOVE_DUPLICATES helpers)
  foreach(helper ${helpers})
    math(EXPR helper "${helper}")
    if(helper GREATER last_helper AND NOT helper IN_LIST guarded_helpers)
      string(APPEND refused "\n  calls of helper ${helper}")
    endif()
  endforeach()
  set(refused "${refused}" PARENT_SCOPE)
endfunction()

number(table 40 8)
number(entry 58 2)
number(count 60 2)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  math(EXPR header "${table} + ${i} * ${entry}")
  number(flags "${header} + 8" 8)
  math(EXPR executable "${flags} & 4")
  if(executable)
    number(offset "${header} + 24" 8)
    number(size "${header} + 32" 8)
    if(size GREATER 0)
      check_section(${offset} ${size})
    endif()
  endif()
endforeach()

# The section that BTF lists them in: ".ksyms" between two NULs.
if(bytes MATCHES "002e6b73796d7300")
  string(APPEND refused "\n  calls of kfuncs")
endif()
if(refused)
  message(FATAL_ERROR "${OBJECT} has what Linux 5.8 can't load:${refused}\nWhat needs more stands in a source file "
    "of its own.")
endif()

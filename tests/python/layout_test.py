#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""layout_test.py INCLUDE: the C header as libclang parses it, as bindgen and others do, against what the Python module
makes of it: every struct's size and members, every constant, every function."""
import subprocess
import sys
import unittest

from clang import cindex
from proctree._library import ffi, lib
from proctree.facts import EDGES, ENTRY_TYPES, FILE_KINDS
from proctree.records import CLASSES

INCLUDE = sys.argv.pop(1)
Kind = cindex.CursorKind


def parse():
    compiler = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True,
                              check=True).stdout.strip()
    return cindex.Index.create().parse(
        f"{INCLUDE}/proctree/proctree.h", ["-x", "c", "-std=c99", "-Wall", "-Wextra", "-pedantic", f"-I{INCLUDE}",
                                           f"-isystem{compiler}/include"],
        options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)


class Header(unittest.TestCase):
    unit = parse()

    def declared(self, kind):
        return [cursor for cursor in self.unit.cursor.get_children()
                if cursor.kind == kind and cursor.spelling.startswith(("proctree_", "PROCTREE_"))]

    def test_it_is_plain_c(self):
        self.assertEqual([str(diagnostic) for diagnostic in self.unit.diagnostics], [])

    def test_no_struct_has_what_bindings_stumble_over(self):
        for struct in self.declared(Kind.STRUCT_DECL):
            for field in struct.get_children():
                if field.kind == Kind.FIELD_DECL:
                    self.assertFalse(field.is_bitfield(), f"{struct.spelling}.{field.spelling}")
                    self.assertNotEqual(field.type.get_canonical().kind, cindex.TypeKind.LONGDOUBLE)
                self.assertNotEqual(field.kind, Kind.UNION_DECL, struct.spelling)
        for function in self.declared(Kind.FUNCTION_DECL):
            self.assertFalse(function.type.is_function_variadic(), function.spelling)

    def test_structs_are_laid_out_as_the_compiler_does(self):
        structs = [cursor for cursor in self.declared(Kind.STRUCT_DECL) if cursor.is_definition()]
        self.assertGreater(len(structs), 15)
        for struct in structs:
            name = f"struct {struct.spelling}"
            fields = [cursor for cursor in struct.get_children() if cursor.kind == Kind.FIELD_DECL]
            self.assertEqual(ffi.sizeof(name), struct.type.get_size(), name)
            self.assertEqual(ffi.alignof(name), struct.type.get_align(), name)
            self.assertEqual([(member, of.offset, ffi.sizeof(of.type)) for member, of in ffi.typeof(name).fields],
                             [(field.spelling, field.get_field_offsetof() // 8, field.type.get_size())
                              for field in fields], name)

    def test_constants_are_the_same(self):
        enums = [constant for enum in self.declared(Kind.ENUM_DECL) for constant in enum.get_children()]
        self.assertGreater(len(enums), 30)
        for constant in enums:
            self.assertEqual(getattr(lib, constant.spelling), constant.enum_value, constant.spelling)
        macros = {}
        for macro in self.declared(Kind.MACRO_DEFINITION):
            tokens = [token.spelling for token in macro.get_tokens()][1:]
            if macro.spelling not in ("PROCTREE_EXPORT", "PROCTREE_PROCTREE_H", "PROCTREE_EXPORT_H"):
                macros[macro.spelling] = "".join(tokens)
        self.assertIn("PROCTREE_FORKS", macros)
        for name, value in macros.items():
            number = {"UINT32_MAX": 2**32 - 1, "UINT64_MAX": 2**64 - 1}.get(value)
            self.assertEqual(getattr(lib, name), int(value.rstrip("u")) if number is None else number, name)

    def test_kinds_have_the_names_that_the_library_gives_them(self):
        for number, kind in CLASSES.items():
            self.assertEqual(kind.kind, ffi.string(lib.proctree_kind_name(number)).decode())
        self.assertEqual(EDGES, ("observed", "snapshot", "inferred"))
        self.assertEqual((ENTRY_TYPES[0], ENTRY_TYPES[-1]), ("unknown", "init"))
        kinds, = (enum for enum in self.declared(Kind.ENUM_DECL) if enum.spelling == "proctree_file_kind")
        self.assertEqual([(f"PROCTREE_FILE_{kind.upper()}", number) for number, kind in enumerate(FILE_KINDS)],
                         [(constant.spelling, constant.enum_value) for constant in kinds.get_children()])

    def test_functions_are_there_with_their_parameters(self):
        functions = self.declared(Kind.FUNCTION_DECL)
        self.assertGreater(len(functions), 30)
        for function in functions:
            found = ffi.typeof(getattr(lib, function.spelling))
            self.assertEqual(len(found.args), len(list(function.get_arguments())), function.spelling)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""The habits of proto/: names as other users of Protocol Buffers expect them, a comment on every element.

The rules are those of `buf lint` (STANDARD and COMMENTS, proto/buf.yaml) that matter here, checked with
protoc alone, so that the check needs nothing that is not in packages.txt.
"""

import argparse
import re
import sys

import proto_files
import sources

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PASCAL = re.compile(r"([A-Z][a-z0-9]*)+")
UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")

# Field numbers of descriptor.proto, which is what a source location's path is made of.
FILE_MESSAGE, FILE_ENUM, FILE_SERVICE = 4, 5, 6
MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM, MESSAGE_ONEOF = 2, 3, 4, 8
ENUM_VALUE, SERVICE_METHOD = 2, 2


def upper_snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


class Linter:
    """Collects (line, complaint) about one file."""

    def __init__(self, file):
        self.file = file
        self.found = []
        self.locations = {tuple(location.path): location for location in file.source_code_info.location}

    def complain(self, path, why):
        location = self.locations.get(path)
        self.found.append((location.span[0] + 1 if location else 1, why))

    def require(self, right, path, why):
        if not right:
            self.complain(path, why)

    def commented(self, path, what):
        location = self.locations.get(path)
        self.require(location and location.leading_comments.strip(), path, f"{what} has no comment above it")

    def lint(self):
        folder = "/".join(self.file.name.split("/")[:-1])
        self.require(self.file.package == folder.replace("/", "."), (2,),
                     f"package {self.file.package} belongs in folder {self.file.package.replace('.', '/')}")
        self.require(re.search(r"\.v\d+$", self.file.package), (2,), "the package ends in a version, as in latchkey.v1")
        self.require(self.file.syntax == "proto3", (12,), 'syntax = "proto3"')
        for i, message in enumerate(self.file.message_type):
            self.lint_message(message, (FILE_MESSAGE, i))
        for i, enum in enumerate(self.file.enum_type):
            self.lint_enum(enum, (FILE_ENUM, i))
        for i, service in enumerate(self.file.service):
            self.lint_service(service, (FILE_SERVICE, i))
        return self.found

    def lint_message(self, message, path):
        if message.options.map_entry:
            return
        self.commented(path, f"message {message.name}")
        self.require(PASCAL.fullmatch(message.name), path, f"message {message.name}: PascalCase")
        for i, field in enumerate(message.field):
            where = (*path, MESSAGE_FIELD, i)
            self.commented(where, f"field {message.name}.{field.name}")
            self.require(SNAKE.fullmatch(field.name), where, f"field {message.name}.{field.name}: snake_case")
        for i, oneof in enumerate(message.oneof_decl):
            if oneof.name.startswith("_"):
                continue  # What protoc makes of an `optional` field.
            where = (*path, MESSAGE_ONEOF, i)
            self.commented(where, f"oneof {message.name}.{oneof.name}")
            self.require(SNAKE.fullmatch(oneof.name), where, f"oneof {message.name}.{oneof.name}: snake_case")
        for i, nested in enumerate(message.nested_type):
            self.lint_message(nested, (*path, MESSAGE_NESTED, i))
        for i, enum in enumerate(message.enum_type):
            self.lint_enum(enum, (*path, MESSAGE_ENUM, i))

    def lint_enum(self, enum, path):
        self.commented(path, f"enum {enum.name}")
        self.require(PASCAL.fullmatch(enum.name), path, f"enum {enum.name}: PascalCase")
        self.require(not enum.options.allow_alias, path, f"enum {enum.name}: no aliases")
        prefix = upper_snake(enum.name) + "_"
        for i, value in enumerate(enum.value):
            where = (*path, ENUM_VALUE, i)
            self.commented(where, f"value {value.name}")
            self.require(UPPER.fullmatch(value.name) and value.name.startswith(prefix), where,
                         f"value {value.name} begins with {prefix}")
            if value.number == 0:
                self.require(value.name == prefix + "UNSPECIFIED", where, f"value 0 is {prefix}UNSPECIFIED")

    def lint_service(self, service, path):
        self.commented(path, f"service {service.name}")
        self.require(PASCAL.fullmatch(service.name) and service.name.endswith("Service"), path,
                     f"service {service.name} ends in Service")
        for i, method in enumerate(service.method):
            where = (*path, SERVICE_METHOD, i)
            name = f"rpc {service.name}.{method.name}"
            self.commented(where, name)
            self.require(PASCAL.fullmatch(method.name), where, f"{name}: PascalCase")
            for kind, used in (("Request", method.input_type), ("Response", method.output_type)):
                self.require(used == f".{self.file.package}.{method.name}{kind}", where,
                             f"{name} has a message of its own, {method.name}{kind}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=sources.ROOT / "proto")
    files = proto_files.load(parser.parse_args().root)
    complaints = [f"{file.name}:{line}: {why}" for file in files for line, why in sorted(Linter(file).lint())]
    print("\n".join(complaints) or f"{len(files)} proto files keep the habits")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

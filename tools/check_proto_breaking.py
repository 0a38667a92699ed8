#!/usr/bin/python3
"""The contract never breaks: what proto/baseline.txt says once is true of proto/ for ever.

The baseline states the contract as one fact a line, so that a review shows what a change means for callers.
A fact that is no longer true fails the check, unless it is a field or enum value whose number and name are
reserved. A fact that is not in the baseline fails it too, until `--accept` writes it down.
"""

import argparse
import pathlib
import sys

from google.protobuf import descriptor_pb2

import proto_files
import sources

Field = descriptor_pb2.FieldDescriptorProto
TYPE_NAMES = {number: name.removeprefix("TYPE_").lower() for name, number in Field.Type.items()}
HEAD = """\
# What callers of proto/ rely on, one fact a line. Written by tools/check_proto_breaking.py --accept; a line
# goes away only with a new package version.
"""


def type_of(field):
    return field.type_name.lstrip(".") if field.type_name else TYPE_NAMES[field.type]


def label_of(field):
    if field.label == Field.LABEL_REPEATED:
        return "repeated "
    return "optional " if field.proto3_optional else ""


def reserved_facts(name, element, inclusive):
    """`inclusive` is 1 for enums, whose ranges include their end, and 0 for messages, whose do not."""
    for span in element.reserved_range:
        if span.end - span.start > 1000:
            sys.exit(f"{name} reserves {span.start} to {span.end}: name the numbers that were in use")
        for number in range(span.start, span.end + inclusive):
            yield f"{name} reserves {number}"
    for reserved in element.reserved_name:
        yield f"{name} reserves {reserved}"


def message_facts(prefix, message, file):
    name = f"{prefix}.{message.name}"
    yield f"message {name} in {file}"
    entries = {f".{name}.{nested.name}": nested for nested in message.nested_type if nested.options.map_entry}
    for field in message.field:
        if field.type_name in entries:
            key, value = entries[field.type_name].field
            kind = f"map<{type_of(key)}, {type_of(value)}>"
        else:
            kind = label_of(field) + type_of(field)
        if field.HasField("oneof_index") and not field.proto3_optional:
            kind += f", one of {message.oneof_decl[field.oneof_index].name}"
        yield f"field {name}.{field.name} = {field.number}: {kind}"
    yield from reserved_facts(name, message, 0)
    for nested in message.nested_type:
        if not nested.options.map_entry:
            yield from message_facts(name, nested, file)
    for enum in message.enum_type:
        yield from enum_facts(name, enum, file)


def enum_facts(prefix, enum, file):
    name = f"{prefix}.{enum.name}"
    yield f"enum {name} in {file}"
    for value in enum.value:
        yield f"value {name}.{value.name} = {value.number}"
    yield from reserved_facts(name, enum, 1)


def service_facts(prefix, service, file):
    name = f"{prefix}.{service.name}"
    yield f"service {name} in {file}"
    for method in service.method:
        asked = ("stream " if method.client_streaming else "") + method.input_type.lstrip(".")
        answered = ("stream " if method.server_streaming else "") + method.output_type.lstrip(".")
        yield f"rpc {name}.{method.name}({asked}) returns ({answered})"


def facts_of(files):
    """Every fact of these FileDescriptorProtos, in the order in which the files state them."""
    for file in files:
        yield f"file {file.name}: package {file.package}"
        for option, value in file.options.ListFields():
            if option.name.endswith(("_package", "_prefix", "_namespace", "_multiple_files", "_classname")):
                yield f"file {file.name}: {option.name} {value}"
        for service in file.service:
            yield from service_facts(file.package, service, file.name)
        for message in file.message_type:
            yield from message_facts(file.package, message, file.name)
        for enum in file.enum_type:
            yield from enum_facts(file.package, enum, file.name)


def is_retired(fact, now):
    """Whether a field or value is gone but its name and number are reserved, so that nobody reuses them."""
    kind, _, rest = fact.partition(" ")
    if kind not in ("field", "value"):
        return False
    full_name, _, number = rest.partition(" = ")
    owner, _, name = full_name.rpartition(".")
    return {f"{owner} reserves {name}", f"{owner} reserves {number.split(':')[0]}"} <= now


def compare(before, now):
    """(broken facts, facts that are not written down yet), each in order."""
    known, true = set(before), set(now)
    broken = [fact for fact in before if fact not in true and not is_retired(fact, true)]
    return broken, [fact for fact in now if fact not in known]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=sources.ROOT / "proto")
    parser.add_argument("--accept", action="store_true", help="write additions down in the baseline")
    parser.add_argument("--break-contract", action="store_true", help="with --accept: also forget broken facts")
    options = parser.parse_args()
    baseline = options.root / "baseline.txt"
    before = [line for line in baseline.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"] \
        if baseline.exists() else []
    now = list(facts_of(proto_files.load(options.root)))
    broken, new = compare(before, now)

    if options.accept and (options.break_contract or not broken):
        baseline.write_text(HEAD + "\n".join(now) + "\n", encoding="utf-8")
        print(f"{baseline.name}: {len(new)} facts added, {len(broken)} forgotten")
        return 0
    for fact in broken:
        print(f"breaks callers: no longer true: {fact}")
    for fact in new:
        print(f"not in {baseline.name}: {fact}")
    if new and not broken:
        print("additions break nobody: `tools/check_proto_breaking.py --accept` writes them down")
    if not broken and not new:
        print(f"{len(now)} facts of the contract hold")
    return 1 if broken or new else 0


if __name__ == "__main__":
    sys.exit(main())

"""Descriptors of .proto files, as protoc reads them."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2


def load(root):
    """The FileDescriptorProtos of every .proto below `root`, comments included, in the order of their names."""
    protoc = shutil.which("protoc")
    if not protoc:
        sys.exit("protoc is not installed (protobuf-compiler in packages.txt)")
    root = pathlib.Path(root)
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*.proto"))
    if not names:
        sys.exit(f"{root}: no .proto files, so nothing was checked")
    with tempfile.NamedTemporaryFile() as out:
        result = subprocess.run([protoc, f"--proto_path={root}", "--include_source_info",
                                 f"--descriptor_set_out={out.name}", *names],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(result.stderr)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    return sorted(files.file, key=lambda file: file.name)

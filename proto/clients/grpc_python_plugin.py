"""A plugin that writes the grpcio clients of protobuf services.

grpcio-tools has this generator only inside its protoc, and buf knows protoc's own generators alone, so this stands
between the two: buf starts it as it starts every plugin.
"""

import pathlib
import sys
import tempfile

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
response = CodeGeneratorResponse(supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
with_services = [
    file.name
    for file in request.proto_file
    if file.name in request.file_to_generate and file.service
]
with tempfile.TemporaryDirectory() as folder:
    out = pathlib.Path(folder, "out")
    out.mkdir()
    descriptors = pathlib.Path(folder, "all.binpb")
    descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
    arguments = [f"--descriptor_set_in={descriptors}", f"--grpc_python_out={out}"]
    if with_services and protoc.main(["protoc", *arguments, *with_services]) != 0:
        response.error = "grpc_tools.protoc refused the contracts; see above"
    for path in sorted(out.rglob("*.py")):
        response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
sys.stdout.buffer.write(response.SerializeToString())

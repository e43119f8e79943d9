import { create, toBinary, type DescService, type MessageInitShape } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '@billingrails/contracts/google/rpc/error_details_pb';
import {
  ServerReflectionResponseSchema,
  type ServerReflection,
  type ServerReflectionRequest,
} from '@billingrails/contracts/grpc/reflection/v1/reflection_pb';
import type { DescFile } from '@bufbuild/protobuf';
import { indexDescriptors, withImports, type DescriptorIndex } from './descriptor-index';

type Answer = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']
>;

/**
 * grpc.reflection.v1 over the descriptors that the contracts were generated with. `listed` are the services it names;
 * files are found for everything these mention, and for the details of errors.
 */
export function reflection(listed: readonly DescService[]): ServiceImpl<typeof ServerReflection> {
  // No contract mentions what errors carry, and tools can only show what they find here.
  const index = indexDescriptors(listed, [file_google_rpc_error_details]);
  const names = listed.map(({ typeName }) => typeName).sort();
  return {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        yield create(ServerReflectionResponseSchema, {
          validHost: originalRequest.host,
          originalRequest,
          messageResponse: answer(originalRequest, index, names),
        });
      }
    },
  };
}

function answer(
  { messageRequest }: ServerReflectionRequest,
  index: DescriptorIndex,
  names: readonly string[],
): Answer {
  switch (messageRequest.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: { service: names.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return files(index.fileByName(messageRequest.value));
    case 'fileContainingSymbol':
      return files(index.fileOfSymbol(messageRequest.value));
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = messageRequest.value;
      const extensions = index.extensionsOf(containingType);
      return files(extensions.find(({ number }) => number === extensionNumber)?.file);
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = messageRequest.value;
      if (!index.hasMessage(baseTypeName)) return missing();
      const extensionNumber = index.extensionsOf(baseTypeName).map(({ number }) => number);
      return {
        case: 'allExtensionNumbersResponse',
        value: { baseTypeName, extensionNumber: extensionNumber.sort((a, b) => a - b) },
      };
    }
    case undefined:
      return failed(Code.InvalidArgument, 'the request asks for nothing');
  }
}

/** The file with all that it imports, so that a client needs no second question. */
function files(file: DescFile | undefined): Answer {
  if (file === undefined) return missing();
  return {
    case: 'fileDescriptorResponse',
    value: {
      fileDescriptorProto: [...withImports(file)]
        .reverse()
        .map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)),
    },
  };
}

function missing(): Answer {
  return failed(Code.NotFound, 'not found');
}

function failed(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

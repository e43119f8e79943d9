import { Code, ConnectError } from '@connectrpc/connect';
import {
  createAsyncIterable,
  readAllBytes,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  errorFromJsonBytes,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerParse, trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { protocolOf } from '../protocol';

/** An error answer as the runtime wrote it, before any interceptor ran, and how to write another in its place. */
interface EarlyError {
  readonly error: ConnectError;
  rewrite(error: ConnectError): UniversalServerResponse;
}

/**
 * The runtime refuses what it cannot read before the interceptors see it. This reads such an answer and writes what
 * `answer` makes of it in the same protocol. Answers that are no errors of a protocol (such as 415) stay as they are.
 */
export async function rewriteEarlyError(
  response: UniversalServerResponse,
  answer: (error: ConnectError) => ConnectError,
): Promise<{ response: UniversalServerResponse; error: ConnectError | undefined }> {
  const early = await readError(response);
  if (early === undefined) return { response, error: undefined };
  const error = answer(early.error);
  return { response: early.rewrite(error), error };
}

async function readError(response: UniversalServerResponse): Promise<EarlyError | undefined> {
  switch (protocolOf(response.header?.get('content-type') ?? null)) {
    case 'grpc':
      return readGrpc(response);
    case 'grpc-web':
      return await readGrpcWeb(response);
    case 'connect':
      return await readConnect(response);
  }
}

function readGrpc(response: UniversalServerResponse): EarlyError | undefined {
  const error = response.trailer && findTrailerError(response.trailer);
  if (error === undefined) return undefined;
  return {
    error,
    rewrite: (answer) => ({ ...response, trailer: setTrailerStatus(new Headers(), answer) }),
  };
}

/** The one frame of such an answer: a flag byte, four bytes of length, the trailers as text. */
async function readGrpcWeb(response: UniversalServerResponse): Promise<EarlyError | undefined> {
  if (response.body === undefined) return undefined;
  const bytes = await readAllBytes(response.body, BYTES_MAX);
  response.body = createAsyncIterable([bytes]);
  if (bytes[0] !== trailerFlag) return undefined;
  const error = findTrailerError(trailerParse(bytes.subarray(FRAME_HEAD_BYTES)));
  if (error === undefined) return undefined;
  return {
    error,
    rewrite(answer) {
      const trailer = trailerSerialize(setTrailerStatus(new Headers(), answer));
      const head = Buffer.alloc(FRAME_HEAD_BYTES);
      head.writeUInt8(trailerFlag, 0);
      head.writeUInt32BE(trailer.length, 1);
      return { ...response, body: createAsyncIterable([head, trailer]) };
    },
  };
}

async function readConnect(response: UniversalServerResponse): Promise<EarlyError | undefined> {
  const { status, header, body } = response;
  if (status === 200 || header === undefined || body === undefined) return undefined;
  const bytes = await decompressed(await readAllBytes(body, BYTES_MAX), header);
  response.body = createAsyncIterable([bytes]);
  return {
    error: errorFromJsonBytes(bytes, undefined, new ConnectError('unreadable', Code.Internal)),
    rewrite(answer) {
      const json = errorToJsonBytes(answer, { useProtoFieldName: true });
      header.set('content-length', String(json.byteLength));
      return {
        ...response,
        status: codeToHttpStatus(answer.code),
        body: createAsyncIterable([json]),
      };
    },
  };
}

/** The runtime compresses a long error where the caller takes that; it goes out as it is. */
async function decompressed(bytes: Uint8Array, header: Headers): Promise<Uint8Array> {
  const name = header.get('content-encoding');
  const used = [compressionGzip, compressionBrotli].find(
    (compression) => compression.name === name,
  );
  header.delete('content-encoding');
  return used === undefined ? bytes : await used.decompress(bytes, BYTES_MAX);
}

const FRAME_HEAD_BYTES = 5;
const BYTES_MAX = 1024 * 1024;

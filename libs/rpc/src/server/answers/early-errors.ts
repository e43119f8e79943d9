import { Code, ConnectError } from '@connectrpc/connect';
import { readAllBytes, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import {
  endStreamFlag,
  endStreamFromJson,
  errorFromJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerParse } from '@connectrpc/connect/protocol-grpc-web';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { protocolOf } from '../../protocol';
import { isConnectStream } from './error-answer';

/**
 * The runtime refuses what it cannot read before the interceptors see it. This reads the error out of such an answer;
 * undefined when it is none of a protocol (such as a bare 505).
 */
export async function readEarlyError(
  response: UniversalServerResponse,
): Promise<ConnectError | undefined> {
  const contentType = response.header?.get('content-type') ?? null;
  switch (protocolOf(contentType)) {
    case 'grpc':
      return response.trailer && findTrailerError(response.trailer);
    case 'grpc-web':
      return await readGrpcWeb(response);
    case 'connect':
      return isConnectStream(contentType)
        ? await readConnectStream(response)
        : await readConnect(response);
  }
}

async function readGrpcWeb({ body }: UniversalServerResponse): Promise<ConnectError | undefined> {
  const frame = body && (await readAllBytes(body, BYTES_MAX));
  if (frame?.[0] !== trailerFlag) return undefined;
  return findTrailerError(trailerParse(frame.subarray(FRAME_HEAD_BYTES)));
}

async function readConnectStream({ body }: UniversalServerResponse) {
  const frame = body && (await readAllBytes(body, BYTES_MAX));
  if (frame?.[0] !== endStreamFlag) return undefined;
  return endStreamFromJson(frame.subarray(FRAME_HEAD_BYTES)).error;
}

async function readConnect({ status, header, body }: UniversalServerResponse) {
  if (status === 200 || header === undefined || body === undefined) return undefined;
  const bytes = await plain(await readAllBytes(body, BYTES_MAX), header);
  const { 'accept-encoding': accepted } = Object.fromEntries(header);
  const metadata = accepted === undefined ? undefined : { 'accept-encoding': accepted };
  return errorFromJsonBytes(bytes, metadata, new ConnectError('unreadable', Code.Internal));
}

/** The runtime packs a long error where the caller takes that. */
async function plain(bytes: Uint8Array, header: Headers): Promise<Uint8Array> {
  const name = header.get('content-encoding');
  const packing = [compressionGzip, compressionBrotli].find((each) => each.name === name);
  return packing === undefined ? bytes : await packing.decompress(bytes, BYTES_MAX);
}

const FRAME_HEAD_BYTES = 5;
const BYTES_MAX = 1024 * 1024;

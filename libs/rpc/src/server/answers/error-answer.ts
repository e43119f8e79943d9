import type { ConnectError } from '@connectrpc/connect';
import { createAsyncIterable, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import { protocolOf } from '../../protocol';

const jsonOptions = { useProtoFieldName: true };

/**
 * An error as the answer to a request with this Content-Type, written without the runtime: as trailers of gRPC, as the
 * one frame of gRPC-Web or of a stream of Connect, and as JSON to everybody else. `httpStatus` is for the last, where
 * it is not that of the code.
 */
export function errorAnswer(
  error: ConnectError,
  contentType: string | null,
  httpStatus?: number,
): UniversalServerResponse {
  switch (protocolOf(contentType)) {
    case 'grpc': {
      const header = new Headers({ 'content-type': contentType ?? '' });
      return { status: 200, header, trailer: setTrailerStatus(new Headers(), error) };
    }
    case 'grpc-web': {
      const trailer = trailerSerialize(setTrailerStatus(new Headers(), error));
      return framed(contentType, trailerFlag, trailer);
    }
    case 'connect':
      return isConnectStream(contentType)
        ? framed(contentType, endStreamFlag, endOfStream(error))
        : json(error, httpStatus);
  }
}

/** Whether it is Connect's streaming form, whose errors are its last frame. */
export function isConnectStream(contentType: string | null): boolean {
  return /^application\/connect\+/i.test(contentType ?? '');
}

function json(error: ConnectError, httpStatus = codeToHttpStatus(error.code)) {
  const body = errorToJsonBytes(error, jsonOptions);
  const header = new Headers(error.metadata);
  header.set('content-type', 'application/json');
  header.set('content-length', `${body.byteLength}`);
  return { status: httpStatus, header, body: createAsyncIterable([body]) };
}

function endOfStream(error: ConnectError): Uint8Array {
  return Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, jsonOptions)));
}

/** One frame: a flag byte, four bytes of length, the data. */
function framed(contentType: string | null, flag: number, data: Uint8Array) {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(data.byteLength, 1);
  const header = new Headers({ 'content-type': contentType ?? '' });
  return { status: 200, header, body: createAsyncIterable([head, data]) };
}

const FRAME_HEAD_BYTES = 5;

import { Code, ConnectError } from '@connectrpc/connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import type { ServiceError } from '@grpc/grpc-js';
import { markRemote } from '../errors/remote';
import { headersOf } from './metadata';

/** Whatever a call failed with, as a ConnectError with its details, marked as another service's. */
export function remoteError(error: unknown): ConnectError {
  return markRemote(isServiceError(error) ? fromService(error) : ConnectError.from(error));
}

function fromService({ code, details, metadata }: ServiceError): ConnectError {
  const headers = headersOf(metadata);
  return (
    detailed(headers) ??
    new ConnectError(details, code in Code ? (code as number) : Code.Unknown, headers)
  );
}

/** The error that grpc-status-details-bin holds; undefined when there is none or it cannot be read. */
function detailed(headers: Headers): ConnectError | undefined {
  if (!headers.has('grpc-status-details-bin')) return undefined;
  try {
    return findTrailerError(headers);
  } catch {
    return undefined;
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'metadata' in error && !isConnect(error);
}

function isConnect(error: Error): boolean {
  return error instanceof ConnectError;
}

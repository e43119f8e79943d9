import type { RequestHandler } from '../server/listener';
import type { LeanRequest } from './lean-request';

const FRAME_HEAD_BYTES = 5;

/** The one message of a gRPC request; undefined unless it is whole, alone and uncompressed. */
export function messageOfFrame(body: Buffer): Buffer | undefined {
  if (body.length < FRAME_HEAD_BYTES || body[0] !== 0) return undefined;
  if (body.readUInt32BE(1) !== body.length - FRAME_HEAD_BYTES) return undefined;
  return body.subarray(FRAME_HEAD_BYTES);
}

/** Sends a good answer as the runtime would, uncompressed. */
export function sendLean(
  message: Uint8Array,
  { protocol, encoding }: LeanRequest,
  response: Parameters<RequestHandler>[1],
): void {
  if (protocol === 'connect') {
    response.writeHead(200, {
      'content-type': `application/${encoding}`,
      'content-length': message.byteLength,
    });
    response.end(message);
    return;
  }
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, FRAME_HEAD_BYTES);
  response.writeHead(200, { 'content-type': 'application/grpc+proto' });
  response.addTrailers({ 'grpc-status': '0' });
  response.end(frame);
}

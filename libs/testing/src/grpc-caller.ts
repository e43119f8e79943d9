import { connect, type ClientHttp2Session } from 'node:http2';

/** Sends prepared gRPC requests over one connection, at next to no cost to itself. */
export class GrpcCaller {
  private readonly session: ClientHttp2Session;

  constructor(
    address: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    this.session = connect(address);
  }

  /** Resolves when the call was answered OK; `frame` is a message with its gRPC head. */
  call(path: string, frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        ...this.headers,
      });
      let status: unknown;
      stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
      stream.on('response', (headers) => (status ??= headers['grpc-status']));
      stream.on('close', () => {
        if (status === '0') resolve();
        else reject(new Error(`grpc-status ${String(status)}`));
      });
      stream.on('error', reject);
      stream.resume();
      stream.end(frame);
    });
  }

  close(): void {
    this.session.close();
  }
}

/** The message with its gRPC head: uncompressed, and its length. */
export function grpcFrame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

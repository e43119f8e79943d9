import { connect, type ClientHttp2Session } from 'node:http2';

const HEAD_BYTES = 5;

/** Sends prepared gRPC requests over one connection, at next to no cost to itself. */
export class GrpcCaller {
  readonly #session: ClientHttp2Session;

  constructor(
    address: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    this.#session = connect(address);
  }

  /** Resolves with the answer's message when the call was answered OK; `frame` is a message with its gRPC head. */
  call(path: string, frame: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        ...this.headers,
      });
      let status: unknown;
      const answer: Buffer[] = [];
      stream.on('data', (data: Buffer) => answer.push(data));
      stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
      stream.on('response', (headers) => (status ??= headers['grpc-status']));
      stream.on('close', () => {
        if (status === '0') resolve(Buffer.concat(answer).subarray(HEAD_BYTES));
        else reject(new Error(`grpc-status ${String(status)}`));
      });
      stream.on('error', reject);
      stream.end(frame);
    });
  }

  close(): void {
    this.#session.close();
  }
}

/** The message with its gRPC head: uncompressed, and its length. */
export function grpcFrame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

import { Metadata } from '@grpc/grpc-js';

/** Headers that belong to the protocol, which grpc-js writes itself. */
const OWN = /^(?:content-type|te|user-agent|grpc-.*)$/;

/** Headers as gRPC metadata; names that end in "-bin" hold base64. */
export function metadataOf(headers: Headers): Metadata {
  const metadata = new Metadata();
  headers.forEach((value, key) => {
    if (OWN.test(key)) return;
    metadata.set(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  });
  return metadata;
}

/** gRPC metadata as headers; binary values become base64. */
export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [key, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) {
      headers.append(
        key,
        typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
      );
    }
  }
  return headers;
}

export type Protocol = 'grpc' | 'grpc-web' | 'connect';

/** The protocol a request or answer with this Content-Type speaks. */
export function protocolOf(contentType: string | null): Protocol {
  if (/^application\/grpc-web/i.test(contentType ?? '')) return 'grpc-web';
  return isGrpc(contentType) ? 'grpc' : 'connect';
}

/** Whether it is gRPC itself, whose errors are HTTP/2 trailers. */
export function isGrpc(contentType: string | null): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(contentType ?? '');
}

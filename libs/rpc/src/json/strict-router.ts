import type { ConnectRouter, ConnectRouterOptions } from '@connectrpc/connect';
import { readableRequest } from './read-request';

/**
 * A router whose services read the JSON of their requests by our rules (see `readableRequest`). The runtime's options
 * know no hook for that but the decoder of text, so every method has one of its own, which knows the method's message.
 */
export function strictRouter(router: ConnectRouter, base: ConnectRouterOptions): ConnectRouter {
  const strict: ConnectRouter = {
    ...router,
    service(service, implementation, options) {
      for (const method of service.methods) {
        const textDecoder = { decode: (bytes: Uint8Array) => readableRequest(method.input, bytes) };
        const jsonOptions = { ...base.jsonOptions, ...options?.jsonOptions, textDecoder };
        router.service({ ...service, methods: [method] }, implementation, {
          ...options,
          jsonOptions,
        });
      }
      return strict;
    },
  };
  return strict;
}

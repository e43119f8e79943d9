import { readFile } from 'node:fs/promises';
import type { PlainRoute } from '@billingrails/rpc';

/** The page runs its own scripts, and can reach nobody. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The API reference for people: a page made of the OpenAPI document when the gateway is built, beside its bundle. */
export function referenceRoute(file: string): PlainRoute {
  return {
    name: 'Reference',
    prefix: '/reference',
    method: 'GET',
    handle: async () => {
      const body = await readFile(file).catch(() => undefined);
      if (body === undefined) return { status: 404, body: NOT_BUILT };
      return {
        status: 200,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': POLICY,
          'cache-control': 'max-age=300',
        },
        body,
      };
    },
  };
}

const NOT_BUILT = 'The build makes this page: npx nx build @billingrails/gateway\n';

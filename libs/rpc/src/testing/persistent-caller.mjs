// Makes calls of gRPC over one connection, so many at once, and prints how each stream ended, as JSON. A process of its
// own, so that its connection is as far from the server's as any.
//   node persistent-caller.mjs ADDRESS PATH CALLS AT_ONCE
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import http2 from 'node:http2';

const [address, path, calls, atOnce] = process.argv.slice(2);
const session = http2.connect(address);
const ends = {};
session.on('error', () => undefined);

const frame = Buffer.alloc(5 + 2_000);
frame.writeUInt32BE(2_000, 1);

async function call() {
  const stream = session.request({
    ...{ ':method': 'POST', ':path': path, te: 'trailers' },
    ...{ 'content-type': 'application/grpc+proto', authorization: 'Bearer br_wrong' },
  });
  let status = 'none';
  stream.on('response', (headers) => (status = headers['grpc-status']));
  stream.on('error', (error) => (status = error.message));
  stream.resume();
  stream.end(frame);
  await once(stream, 'close').catch(() => undefined);
  const end = `${status}, code ${stream.rstCode}`;
  ends[end] = (ends[end] ?? 0) + 1;
}

let left = Number(calls);
async function caller() {
  while (left > 0 && !session.destroyed) {
    left -= 1;
    await call();
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, caller));
session.destroy();
console.log(JSON.stringify(ends));

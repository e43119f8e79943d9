import { once } from 'node:events';
import net from 'node:net';

/** A TCP proxy to a port of this machine, for tests of what happens when the way breaks. */
export interface BreakableProxy {
  readonly port: number;
  /** Resets every connection and refuses new ones, as a machine that lost its power and came back would. */
  cut(): Promise<void>;
}

export async function startProxy(target: number): Promise<BreakableProxy> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((inward) => {
    const outward = net.connect(target, '127.0.0.1');
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    inward.pipe(outward).pipe(inward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}

import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { once } from 'node:events';
import { CONCURRENT_STREAMS_MAX } from '../limits';

export type RequestHandler = (
  request: http.IncomingMessage | http2.Http2ServerRequest,
  response: http.ServerResponse | http2.Http2ServerResponse,
) => void;

export interface Listener {
  readonly port: number;
  /** Takes no new connections, tells HTTP/2 clients to go elsewhere, closes what is idle. Running calls go on. */
  drain(): void;
  /** Ends every connection, whatever runs on it. */
  destroy(): Promise<void>;
}

/** An HTTP/2 client's first bytes are "PRI * HTTP/2.0"; no HTTP/1.1 method starts with these three. */
const PREFACE = Buffer.from('PRI');

/** How long connections may keep us waiting, in milliseconds. */
export interface Patience {
  /** For the first three bytes of a connection. */
  readonly firstBytesMs: number;
  /** For the headers of an HTTP/1.1 request. */
  readonly headersMs: number;
  /** For a whole HTTP/1.1 request. */
  readonly requestMs: number;
  /** For the next request of an HTTP/1.1 connection, as told to the client; the server itself waits a while longer. */
  readonly keepAliveMs: number;
  /** For the next call of an HTTP/2 connection that has none. */
  readonly idleSessionMs: number;
}

const standardPatience: Patience = {
  firstBytesMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  idleSessionMs: 300_000,
};

const KEEP_ALIVE_PROBE_MS = 60_000;
/**
 * How much longer than its client is told an idle HTTP/1.1 connection is kept. A client lets go at the time it was
 * told, give or take a second, or more where either has much to do: a server that did the same would lose the request
 * that was sent at that very instant.
 */
const KEEP_ALIVE_MARGIN_MS = 60_000;

/** HTTP/1.1 and cleartext HTTP/2 on one port, told apart by a connection's first bytes. */
export async function listen(
  address: { readonly host: string; readonly port: number },
  handler: RequestHandler,
  patience = standardPatience,
): Promise<Listener> {
  const h1 = http.createServer(
    {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      keepAliveTimeout: patience.keepAliveMs + KEEP_ALIVE_MARGIN_MS,
      connectionsCheckingInterval: Math.min(2_000, patience.headersMs),
    },
    (request, response) => {
      tellKeepAlive(response, patience.keepAliveMs);
      handler(request, response);
    },
  );
  // The inner server never listens itself, and its timeouts are only armed when it thinks it does.
  h1.emit('listening');
  const h2 = http2.createServer(
    { settings: { maxConcurrentStreams: CONCURRENT_STREAMS_MAX, maxHeaderListSize: 65_535 } },
    handler,
  );
  const sessions = followSessions(h2, patience.idleSessionMs);
  const sockets = new Set<net.Socket>();
  const unknown = new Set<net.Socket>();

  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    unknown.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    // A connection that fails before its protocol is known concerns nobody.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      unknown.delete(socket);
    });
    sniff(socket, patience.firstBytesMs, (isHttp2) => {
      unknown.delete(socket);
      (isHttp2 ? h2 : h1).emit('connection', socket);
    });
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const closed = new Promise((resolve) => server.once('close', resolve));

  return {
    port: (server.address() as net.AddressInfo).port,
    drain() {
      server.close();
      for (const socket of unknown) socket.destroy();
      for (const session of sessions) session.close();
      h1.closeIdleConnections();
    },
    async destroy() {
      if (server.listening) server.close();
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      h1.close();
      await closed;
    },
  };
}

function tellKeepAlive(response: http.ServerResponse, keepAliveMs: number): void {
  if (!response.shouldKeepAlive) return;
  response.setHeader('Connection', 'keep-alive');
  response.setHeader('Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1_000)}`);
}

/** Reads just enough of the first bytes to tell the protocol, and puts them back. */
function sniff(socket: net.Socket, limitMs: number, decide: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  // Bytes that came while this process was busy are read before it is judged that none came.
  const tooSlow = setTimeout(() => setImmediate(judge), limitMs);
  const judge = (): void => {
    if (seen.length < PREFACE.length) socket.destroy();
  };
  socket.once('close', () => clearTimeout(tooSlow));
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < PREFACE.length) return;
    clearTimeout(tooSlow);
    socket.off('data', onData);
    socket.pause();
    socket.unshift(seen);
    decide(seen.subarray(0, PREFACE.length).equals(PREFACE));
    process.nextTick(() => socket.resume());
  };
  socket.on('data', onData);
}

function followSessions(h2: http2.Http2Server, idleMs: number): Set<http2.ServerHttp2Session> {
  const sessions = new Set<http2.ServerHttp2Session>();
  h2.on('session', (session) => {
    let open = 0;
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('stream', (stream) => {
      open += 1;
      stream.once('close', () => (open -= 1));
    });
    session.setTimeout(idleMs, () => {
      if (open === 0) session.close();
    });
  });
  return sessions;
}

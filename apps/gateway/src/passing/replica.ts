import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http';
import net from 'node:net';
import { isDoneWithin } from '@billingrails/waits';
import type { Address } from './addresses';

/** How many calls run on one connection before another is opened: services take 128. */
const CALLS_A_CONNECTION = 64;
/** After that many, calls wait for those that run. */
const CONNECTIONS_MAX = 64;
/** What one connection may hold in memory, in MB. */
const CONNECTION_MEMORY_MB = 64;
const KEEP_ALIVE_PROBE_MS = 30_000;

export interface ReplicaPatience {
  /** How long a connection may take to stand, in milliseconds. */
  readonly connectMs: number;
  /** How long a replica may take to say how it is. */
  readonly probeMs: number;
}

interface Connection {
  readonly session: ClientHttp2Session;
  /** Whether it ever stood. */
  stands: boolean;
  calls: number;
}

/** A call that was given to a replica. */
export interface Attempt {
  readonly stream: ClientHttp2Stream;
  /** Once the stream is over: whether the replica has certainly not looked at the call. */
  readonly isUntouched: () => boolean;
}

/** One process of a service: the connections to it, opened as calls need them, and what it says of itself. */
export class Replica {
  readonly #connections = new Set<Connection>();
  #isServing = false;

  constructor(
    readonly address: Address,
    private readonly patience: ReplicaPatience,
  ) {}

  /** Whether it is connected. */
  get isConnected(): boolean {
    for (const { session, stands } of this.#connections) if (stands && isOpen(session)) return true;
    return false;
  }

  /** Whether it is connected and takes calls, by its own last word. */
  get isServing(): boolean {
    return this.#isServing && this.isConnected;
  }

  /** Begins a call. Throws when the headers are none that HTTP/2 could carry. */
  begin(headers: OutgoingHttpHeaders, options: { readonly endStream: boolean }): Attempt {
    const connection = this.#free() ?? this.#connect();
    const stream = connection.session.request(headers, options);
    connection.calls += 1;
    stream.once('close', () => (connection.calls -= 1));
    return {
      stream,
      isUntouched: () =>
        !connection.stands || stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM,
    };
  }

  /** Asks how it is. One that does not answer in time is taken as dead: calls that run there are cut off. */
  async probe(): Promise<void> {
    let said: string | undefined;
    const asking = this.#ask().then((status) => (said = status));
    const isAnswered = await isDoneWithin(asking, this.patience.probeMs);
    this.#isServing = said === 'SERVING';
    if (!isAnswered) this.destroy();
  }

  /** Calls that run end; no more are taken. */
  close(): void {
    for (const { session } of this.#connections) session.close();
  }

  destroy(): void {
    for (const { session } of this.#connections) session.destroy();
  }

  /** What it says; undefined when it cannot be reached or says nothing that makes sense. */
  async #ask(): Promise<string | undefined> {
    try {
      const { stream } = this.begin(
        { ':method': 'POST', ':path': HEALTH_PATH, 'content-type': 'application/json' },
        { endStream: false },
      );
      stream.end('{}');
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const answer = JSON.parse(Buffer.concat(chunks).toString()) as { readonly status?: string };
      return answer.status;
    } catch {
      return undefined;
    }
  }

  /** The connection with the fewest calls, unless all that stand have many and another may be opened. */
  #free(): Connection | undefined {
    let best: Connection | undefined;
    for (const each of this.#connections)
      if (isOpen(each.session) && each.calls < (best?.calls ?? Infinity)) best = each;
    if (best === undefined || best.calls < CALLS_A_CONNECTION) return best;
    return this.#connections.size < CONNECTIONS_MAX ? undefined : best;
  }

  #connect(): Connection {
    const { hostname, port } = new URL(`http://${this.address}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    const session = http2.connect(`http://${this.address}`, {
      createConnection: () =>
        net.connect({
          host,
          port: Number(port || 80),
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
        }),
      settings: { enablePush: false },
      maxSessionMemory: CONNECTION_MEMORY_MB,
    });
    const connection: Connection = { session, stands: false, calls: 0 };
    this.#connections.add(connection);
    const tooSlow = setTimeout(() => session.destroy(), this.patience.connectMs);
    session.once('connect', () => {
      clearTimeout(tooSlow);
      connection.stands = true;
    });
    // Each of its calls is told; a connection by itself concerns nobody.
    session.on('error', () => undefined);
    session.once('close', () => {
      clearTimeout(tooSlow);
      this.#connections.delete(connection);
    });
    return connection;
  }
}

const HEALTH_PATH = '/grpc.health.v1.Health/Check';

function isOpen(session: ClientHttp2Session): boolean {
  return !session.closed && !session.destroyed;
}

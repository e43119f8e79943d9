import { setMaxListeners } from 'node:events';
import { createRegistry, type DescMethod, type DescService } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  createConnectRouter,
  type ConnectRouter,
  type ConnectRouterOptions,
} from '@connectrpc/connect';
import { file_google_rpc_error_details } from '@billingrails/contracts/google/rpc/error_details_pb';
import { Health } from '@billingrails/contracts/grpc/health/v1/health_pb';
import { ServerReflection } from '@billingrails/contracts/grpc/reflection/v1/reflection_pb';
import type { Logger } from '@billingrails/log';
import type { Registry } from 'prom-client';
import type { ToDomainError } from '../errors/answer';
import { serverInterceptors } from '../interceptors';
import type { Authenticate } from '../interceptors/authenticate';
import { writeCall, type CallEnded } from '../interceptors/log-calls';
import type { Principal } from '../principal';
import { CallTurns } from '../rates/call-turns';
import { Rates } from '../rates/rates';
import { strictRouter } from '../json/strict-router';
import { LeanCalls } from '../lean/lean-calls';
import type { LeanMethod } from '../lean/lean-method';
import { DRAIN_MS_MAX, MESSAGE_BYTES_MAX, OPEN_MESSAGE_BYTES_MAX, STREAM_MS_MAX } from '../limits';
import { LOOPBACK } from './cors';
import { handleRequests } from './handle-requests';
import { HealthState } from './standard/health';
import { listen } from './listener';
import { addServerMetrics } from './call-metrics';
import { readTogether } from './metrics';
import type { Pass } from './pass-on';
import type { PlainRoute } from './plain-route';
import { reflection } from './standard/reflection';
import { countRunning } from './running';
import { UnpackRoom } from './unpack/room';
import { Turns } from './unpack/turns';
import { createPackings } from './unpack/url';

export interface RpcServer {
  /** As a URL, such as "http://127.0.0.1:7001". */
  readonly address: string;
  readonly port: number;
  /** What grpc.health.v1 tells. A server starts as SERVING. */
  setServing(serving: boolean): void;
  /** The same of services that others serve for it, by their full names. */
  setServingOf(services: readonly string[], serving: boolean): void;
  /** Takes no more calls, lets running ones end (10 s), then closes every connection. */
  close(): Promise<void>;
}

export interface RpcServerOptions {
  /** Who serves, such as "metering"; for the log. */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The services that `routes` registers, or `pass` takes calls of: for health, reflection and validation. */
  readonly services: readonly DescService[];
  readonly routes: (router: ConnectRouter) => void;
  /** Methods of `routes` whose lean calls go past the runtime. */
  readonly lean?: readonly LeanMethod[];
  readonly authenticate: Authenticate;
  /** What callers have taken of their limits, where handlers take of it, too. */
  readonly rates?: Rates;
  readonly logger: Logger;
  readonly toDomainError?: ToDomainError;
  /**
   * What GET /metrics is answered with, to anybody: no key is asked for, so it must hold no tenant data, neither ids
   * nor content. Those of the process and its calls are added. Without it there is no such path.
   */
  readonly metrics?: Registry;
  /**
   * Whose pages may call from browsers: origins such as "https://console.example", 'loopback' for those of this
   * machine, '*' for all. Those of this machine unless given.
   */
  readonly origins?: readonly string[];
  /** Paths that others post to in forms of their own. */
  readonly plain?: readonly PlainRoute[];
  /** Takes calls of paths that nothing else has, to have them answered by others. */
  readonly pass?: Pass;
  /**
   * Given, the server serves nothing yet: health says NOT_SERVING of every service, and all else is UNAVAILABLE because
   * the service waits for what this says.
   */
  readonly waitsFor?: () => string;
  /** Told of who lacks the scope that a method needs; must not throw. */
  readonly onRefused?: (principal: Principal, method: DescMethod) => void;
  /** 10 s unless given. */
  readonly drainMs?: number;
}

/**
 * Serves gRPC, gRPC-Web and Connect on one cleartext port, over HTTP/2 and HTTP/1.1, with health and reflection.
 * Rejects when the port is taken or a contract's validation rules cannot be compiled.
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { name, host, services, logger, drainMs = DRAIN_MS_MAX } = options;
  const draining = new AbortController();
  const ending = new AbortController();
  // Every running call listens to these.
  setMaxListeners(0, draining.signal, ending.signal);
  const health = new HealthState(services.map(({ typeName }) => typeName));
  const refusing = () => draining.signal.aborted;
  const room = new UnpackRoom();
  const rates = options.rates ?? new Rates();
  const measure = options.metrics && addServerMetrics(options.metrics, room, rates);
  const ended: CallEnded = (error, record) => {
    writeCall(logger, error, record);
    measure?.(error, record);
  };
  const interceptors = serverInterceptors({ ...options, ended, refusing });

  const router = createConnectRouter({
    ...runtimeLimits,
    acceptCompression: createPackings(room),
    interceptors,
    shutdownSignal: ending.signal,
  });
  const strict = strictRouter(router, runtimeLimits);
  options.routes(strict);
  strict.service(Health, health.implementation, {
    ...openLimits,
    maxTimeoutMs: Number.MAX_SAFE_INTEGER,
  });
  const listed = [...services, Health, ServerReflection];
  strict.service(ServerReflection, reflection(listed), {
    ...openLimits,
    shutdownSignal: draining.signal,
  });

  const running = countRunning();
  const handler = handleRequests({
    handlers: router.handlers,
    lean: new LeanCalls({
      methods: options.lean ?? [],
      refusing,
      ending: ending.signal,
      ended,
    }),
    room,
    turns: new Turns(),
    rates,
    callTurns: new CallTurns(),
    authenticate: options.authenticate,
    toDomainError: options.toDomainError,
    metrics: options.metrics && readTogether(options.metrics),
    origins: options.origins ?? [LOOPBACK],
    plain: options.plain ?? [],
    pass: options.pass,
    services,
    refusing,
    ending: ending.signal,
    waitsFor: options.waitsFor,
    onRefused: options.onRefused,
    ended,
    logger,
    onStart: running.start,
    onEnd: running.end,
  });
  const listener = await listen({ host, port: options.port }, handler);
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}`;
  if (options.waitsFor === undefined) logger.info({ server: name, address }, 'listening');
  else health.setServing(false);

  const close = async (): Promise<void> => {
    logger.info({ server: name, running: running.count() }, 'closing');
    health.close();
    draining.abort(new ConnectError('shutting down', Code.Unavailable));
    listener.drain();
    if (!(await running.none(drainMs))) {
      logger.warn({ server: name, running: running.count() }, 'calls did not end in time');
      ending.abort(new ConnectError('shutting down', Code.Unavailable));
      await running.none(LAST_ANSWERS_MS);
    }
    await listener.destroy();
  };
  let closed: Promise<void> | undefined;
  return {
    address,
    port: listener.port,
    setServing: (serving) => health.setServing(serving),
    setServingOf: (names, serving) => health.setServingOf(names, serving),
    close: () => (closed ??= close()),
  };
}

/** For the answers to calls that were cut off to leave. */
const LAST_ANSWERS_MS = 500;

const jsonOptions = {
  // As the contracts spell them, and a field nobody knows is a mistake that its sender wants to hear of.
  useProtoFieldName: true,
  ignoreUnknownFields: false,
  registry: createRegistry(file_google_rpc_error_details),
};

const runtimeLimits: ConnectRouterOptions = {
  readMaxBytes: MESSAGE_BYTES_MAX,
  writeMaxBytes: MESSAGE_BYTES_MAX,
  maxTimeoutMs: STREAM_MS_MAX,
  jsonOptions,
};

/** Of services that ask for no key. */
const openLimits = { readMaxBytes: OPEN_MESSAGE_BYTES_MAX };

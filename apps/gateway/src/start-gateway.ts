import { openApiJson } from '@billingrails/contracts/openapi';
import { publicServices } from '@billingrails/contracts/services';
import type { Logger } from '@billingrails/log';
import { startRpcServer, type PassedCall, type PlainRoute } from '@billingrails/rpc';
import { eventRoutes } from './events/take-events';
import { createMetrics } from './metrics';
import { replicasAt } from './passing/addresses';
import { passCall } from './passing/pass-call';
import type { ReplicaPatience } from './passing/replica';
import { ServiceReplicas } from './passing/service-replicas';
import { referenceRoute } from './reference';
import { serviceOfPath, type ServiceName } from './services';

export interface GatewayOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  /** Where the replicas of each service are, such as "dns:///ingest:7001". */
  readonly urls: readonly { readonly name: ServiceName; readonly url: string }[];
  /** Where the page of the API reference lies. */
  readonly referenceFile: string;
  readonly logger: Logger;
  /** How long running calls may take to end when it is closed; 35 s, as the longest that is no stream takes 30. */
  readonly drainMs?: number;
  /** How often replicas are looked for; 2 s. */
  readonly lookEveryMs?: number;
  readonly patience?: ReplicaPatience;
}

const DRAIN_MS = 35_000;

/** A gateway process. */
export interface Gateway {
  /** As a URL, such as "http://127.0.0.1:7000". */
  readonly address: string;
  readonly port: number;
  /** Takes no more calls, lets running ones end, then lets go of the services. */
  close(): Promise<void>;
}

/** Passes calls on to the services at `urls`, and serves. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, logger, drainMs = DRAIN_MS, lookEveryMs, patience } = options;
  // Until the server is there, what is away is kept for it.
  let setServingOf = (names: readonly string[], isServing: boolean): void => {
    for (const name of names)
      if (isServing) away.delete(name);
      else away.add(name);
  };
  const away = new Set<string>();

  const services = options.urls.map(
    ({ name, url }) =>
      new ServiceReplicas({
        ...{ name, find: replicasAt(url), logger },
        onChange: (isServing) => setServingOf(contractsOf(name), isServing),
        ...(lookEveryMs !== undefined && { lookEveryMs }),
        ...(patience !== undefined && { patience }),
      }),
  );
  const byName = new Map(services.map((service) => [service.name, service]));
  const { registry, onPassed, onRetry } = createMetrics(services);

  const pass = (call: PassedCall): boolean => {
    const name = serviceOfPath(call.path);
    const service = name && byName.get(name);
    if (service === undefined) return false;
    passCall(call, {
      service,
      onRetry: () => onRetry(service.name),
      onEnd: (outcome) => {
        const seconds = (performance.now() - call.startedAtMs) / 1_000;
        onPassed(service.name, outcome, seconds);
        const told = { service_behind: service.name, outcome, x_request_id: call.requestId };
        logger[outcome === 'cut' ? 'warn' : 'debug'](
          { ...told, duration_ms: seconds * 1_000 },
          'passed on',
        );
      },
    });
    return true;
  };

  const ingest = byName.get('ingest');
  const server = await startRpcServer({
    name: 'gateway',
    ...{ host, port, logger, drainMs, pass },
    ...(options.origins && { origins: options.origins }),
    services: publicServices,
    routes: () => undefined,
    authenticate: () => Promise.reject(new Error('the gateway asks for no key itself')),
    plain: [
      openApiRoute,
      referenceRoute(options.referenceFile),
      ...(ingest === undefined ? [] : eventRoutes(ingest)),
    ],
    metrics: registry,
  });
  ({ setServingOf } = server);
  setServingOf([...away], false);

  return {
    address: server.address,
    port: server.port,
    async close() {
      server.setServing(false);
      await server.close();
      await Promise.all(services.map((service) => service.close()));
    },
  };
}

/** The description of all that can be called with plain JSON. */
const openApiRoute: PlainRoute = {
  name: 'OpenApi',
  prefix: '/openapi.json',
  method: 'GET',
  handle: () =>
    Promise.resolve({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'max-age=300' },
      body: openApiJson,
    }),
};

/** The full names of a service's contracts, as health tells of them. */
function contractsOf(name: ServiceName): string[] {
  return publicServices
    .map(({ typeName }) => typeName)
    .filter((typeName) => serviceOfPath(`/${typeName}/`) === name);
}

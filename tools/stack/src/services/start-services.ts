import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choosePorts, LOOPBACK, Program, readPidFile, StackError } from '@billingrails/servers';
import { checkoutFolder } from '../checkout';
import { awaitServing } from './health';
import { withLock } from '../servers/lock';
import {
  machineEnvironment,
  serviceSettings,
  type Addresses,
  type ServiceSettings,
} from './service-environment';
import { SERVICE_NAMES, USUAL_SERVICE_PORTS, type ServiceName } from './service-names';
import { Services, type Replicas } from './services';

export interface ServicesOptions extends ServiceSettings {
  /** Holds what says which processes run, and the logs unless `logDir` is given. */
  readonly dataDir: string;
  /** Holds <service>/main.mjs; dist/apps of the checkout by default. */
  readonly bundlesDir?: string;
  readonly logDir?: string;
  /** The usual ports (7000 to 7006) where they are free, which is the default, or only free ones. */
  readonly ports?: 'usual' | 'free';
  /** How many processes of each; 1 by default. Those after the first get free ports. */
  readonly replicas?: Partial<Readonly<Record<ServiceName, number>>>;
  /** The services outlive this process. By default they die with it. */
  readonly detached?: boolean;
  /** How long a service may take to stop; 120,000 by default: a call may take 30 s, and a busy machine longer. */
  readonly stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 120_000;

/** One process that is to be. */
interface Place {
  readonly service: ServiceName;
  /** "ingest", "metering", "metering-2" … */
  readonly name: string;
  readonly pidFile: string;
  readonly port: number;
}

/** As in the services' Dockerfiles, where they are explained. */
export const NODE_FLAGS: Readonly<Record<ServiceName, readonly string[]>> = {
  gateway: ['--enable-source-maps'],
  ingest: ['--enable-source-maps'],
  metering: ['--enable-source-maps', '--max-semi-space-size=64'],
  billing: ['--enable-source-maps', '--max-semi-space-size=64'],
  invoicing: ['--enable-source-maps', '--max-semi-space-size=64'],
  webhooks: ['--enable-source-maps'],
  access: ['--enable-source-maps'],
};

/** Where the services of a data folder say which processes they are. */
export const servicesFolder = (dataDir: string): string => join(resolve(dataDir), 'services');

/**
 * Starts the services and resolves when each says that it is SERVING. One that runs already from this data folder
 * is taken over, unless its bundle or its settings have changed since: then it is stopped and started again. Throws
 * StackError, with the end of the log of a service that failed, and nothing left running that was started here.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const bundlesDir = resolve(options.bundlesDir ?? join(checkoutFolder(), 'dist', 'apps'));
  return withLock(options.dataDir, async () => {
    const places = await choosePlaces(options);
    const addresses = addressesOf(places);
    const program = (place: Place) => toProgram(place, addresses, bundlesDir, options);
    const services = new Services({
      gateway: replicasOf('gateway', places, program),
      ingest: replicasOf('ingest', places, program),
      metering: replicasOf('metering', places, program),
      billing: replicasOf('billing', places, program),
      invoicing: replicasOf('invoicing', places, program),
      webhooks: replicasOf('webhooks', places, program),
      access: replicasOf('access', places, program),
    });
    const results = await Promise.allSettled(services.all.map((service) => service.start()));
    const failure = results.find((result) => result.status === 'rejected');
    if (!failure) return services;
    const own = services.all.filter((service) => service.startedHere);
    await Promise.all(own.map((service) => service.kill()));
    throw failure.reason;
  });
}

async function choosePlaces(options: ServicesOptions): Promise<Place[]> {
  const folder = servicesFolder(options.dataDir);
  const wanted = SERVICE_NAMES.flatMap((service) =>
    Array.from({ length: Math.max(1, options.replicas?.[service] ?? 1) }, (_, index) => {
      const name = index === 0 ? service : `${service}-${index + 1}`;
      const pidFile = join(folder, `${name}.json`);
      const usual = index === 0 && options.ports !== 'free';
      const port = readPidFile(pidFile)?.port;
      return {
        service,
        name,
        pidFile,
        port,
        usual: usual ? USUAL_SERVICE_PORTS[service] : undefined,
      };
    }),
  );
  const inUse = new Set(wanted.flatMap(({ port }) => (port === undefined ? [] : [port])));
  const ports = await choosePorts(
    wanted.map(({ port, usual }) => port ?? usual),
    inUse,
  );
  return wanted.map(({ service, name, pidFile }, index) => {
    return { service, name, pidFile, port: ports[index] ?? 0 };
  });
}

/** Where each service is, with all its replicas. */
function addressesOf(places: readonly Place[]): Addresses {
  const all = SERVICE_NAMES.map((name) => {
    const ports = places.filter(({ service }) => service === name).map(({ port }) => port);
    return [name, ports.map((port) => `${LOOPBACK}:${port}`)] as const;
  });
  return Object.fromEntries(all) as unknown as Addresses;
}

function replicasOf(
  service: ServiceName,
  places: readonly Place[],
  program: (place: Place) => Program,
): Replicas {
  const [first, ...more] = places.filter((place) => place.service === service).map(program);
  if (first) return [first, ...more];
  throw new Error(`There is no place for ${service}.`);
}

function toProgram(
  { service, name, pidFile, port }: Place,
  addresses: Addresses,
  bundlesDir: string,
  options: ServicesOptions,
): Program {
  const bundle = join(bundlesDir, service, 'main.mjs');
  const settings = serviceSettings({ service, port, addresses }, options);
  return new Program({
    ...{ name, pidFile, port },
    env: { ...machineEnvironment(process.env), ...settings },
    command: process.execPath,
    args: [...NODE_FLAGS[service], bundle],
    logFile: join(options.logDir ?? join(resolve(options.dataDir), 'logs'), `${name}.log`),
    identity: identityOf(bundle, settings),
    ready: awaitServing,
    stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS,
    detached: options.detached ?? false,
  });
}

/** What a running service must have in common with the wanted one: the same build and the same settings. */
function identityOf(bundle: string, settings: Readonly<Record<string, string>>): string {
  const file = statSync(bundle, { throwIfNoEntry: false });
  if (!file) {
    throw new StackError(`The bundle ${bundle} is missing.`, 'Build it: npx nx run-many -t build');
  }
  return createHash('sha256')
    .update(JSON.stringify([file.mtimeMs, file.size, settings]))
    .digest('hex');
}

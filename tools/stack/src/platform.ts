import { createKey, type ScopeWord } from '@billingrails/access';
import type { OrganisationId } from '@billingrails/ids';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { PlatformKeys, type OrganisationAccess } from './keys/platform-keys';
import type { Services } from './services/services';
import { startServices } from './services/start-services';
import type { ServiceName, ServiceUrls } from './services/service-names';
import { startStack, type Stack } from './servers/stack';
import { withBus } from './servers/with-bus';

export interface PlatformOptions {
  /** Data, logs, keys and state. Left out: a temporary folder, removed at the end, and only free ports. */
  readonly dataDir?: string;
  /** Of each server: 1 or 3. By default as the data folder was made with, or 1. */
  readonly nodes?: number;
  /** Servers and services outlive this process. By default they die with it. */
  readonly detached?: boolean;
  /** How many processes of each service; 1 by default. */
  readonly replicas?: Partial<Record<ServiceName, number>>;
  /** Memory of each mongod for its cache, in GiB; the least it accepts by default. */
  readonly cacheGib?: number;
  /** Variables for every service, such as LOG_LEVEL. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Everything on one machine: MongoDB, NATS, the services, and an organisation with a key. */
export class Platform {
  /** What grpc-js clients connect to. */
  readonly urls: ServiceUrls;
  /** What curl connects to. */
  readonly httpUrls: ServiceUrls;
  readonly key: string;
  readonly organisationId: OrganisationId;
  /** What the services show each other: it acts for any organisation that it names. */
  readonly serviceKey: string;
  readonly #temporaryFolder: string | undefined;
  readonly #keys: PlatformKeys;

  constructor(
    readonly stack: Stack,
    readonly services: Services,
    keys: PlatformKeys,
    first: OrganisationAccess,
    serviceKey: string,
    temporaryFolder: string | undefined,
  ) {
    this.urls = services.urls;
    this.httpUrls = services.httpUrls;
    this.key = first.key;
    this.organisationId = first.organisationId;
    this.serviceKey = serviceKey;
    this.#keys = keys;
    this.#temporaryFolder = temporaryFolder;
  }

  /** The organisation of that name, with a key; made when it is asked for the first time. */
  organisation(name: string): Promise<OrganisationAccess> {
    return this.#keys.organisation(name);
  }

  /** A new key of an organisation that may do only what these scopes allow. */
  async scopedKey(organisationId: OrganisationId, scopes: readonly ScopeWord[]): Promise<string> {
    const draft = { kind: 'organisation', organisationId, name: scopes.join(), scopes } as const;
    return (await withBus(this.stack.natsUrl, (bus) => createKey(bus, draft))).secret;
  }

  /** Stops what this call of startPlatform started: services first, then the servers. */
  async stop(): Promise<void> {
    await this.services.stop();
    await this.stack.stop();
    if (this.#temporaryFolder) removeTemporaryFolder(this.#temporaryFolder);
  }
}

/**
 * Brings everything up and resolves when every service answers. What runs on the data folder already is taken over.
 * Needs the services' bundles (`nx run-many -t build`). Throws StackError, with nothing left running that this call
 * started.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const temporary = options.dataDir === undefined ? makeTemporaryFolder() : undefined;
  const dataDir = options.dataDir ?? temporary ?? '';
  const ports = temporary ? 'free' : 'usual';
  const detached = options.detached ?? false;
  const stack = await startStack({
    ...{ dataDir, ports, detached },
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
    ...(options.cacheGib === undefined ? {} : { cacheGib: options.cacheGib }),
  });
  try {
    const keys = new PlatformKeys(dataDir, stack.natsUrl);
    const first = await keys.organisation('default');
    const serviceKey = await keys.serviceKey();
    const services = await startServices({
      stack,
      dataDir,
      ports,
      detached,
      serviceKey,
      secretsKey: await keys.secretsKey(),
      ...(options.replicas ? { replicas: options.replicas } : {}),
      ...(options.env ? { env: options.env } : {}),
    });
    return new Platform(stack, services, keys, first, serviceKey, temporary);
  } catch (error) {
    await stack.stop();
    if (temporary) removeTemporaryFolder(temporary);
    throw error;
  }
}

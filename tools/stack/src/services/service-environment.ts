import { LOOPBACK } from '@billingrails/servers';
import { SERVICE_NAMES, type ServiceName } from './service-names';
import type { Stack } from '../servers/stack';

/** Of each service the replicas, as host:port. */
export type Addresses = Readonly<Record<ServiceName, readonly string[]>>;

export interface ServiceSettings {
  readonly stack: Pick<Stack, 'mongodbUrl' | 'natsUrl' | 'natsMonitorUrl' | 'nodes'>;
  /** What billing and invoicing show to those that they ask. */
  readonly serviceKey: string;
  /** What webhooks seals the secrets of endpoints with. */
  readonly secretsKey: string;
  /** Variables for every service, such as LOG_LEVEL; they win over the others. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a process needs of the machine it runs on. */
const OF_THE_MACHINE = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'SystemRoot'];

/**
 * The environment that a service process gets besides its settings. Little of this process's own is passed on: what is
 * set there for other purposes (PORT, NODE_OPTIONS) must not change the services.
 */
export function machineEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    OF_THE_MACHINE.flatMap((name) => (base[name] === undefined ? [] : [[name, base[name]]])),
  );
}

/** The settings of one service process, as the README of the app has them. */
export function serviceSettings(
  place: { service: ServiceName; port: number; addresses: Addresses },
  { stack, serviceKey, secretsKey, env }: ServiceSettings,
): Record<string, string> {
  const { addresses } = place;
  const meteringUrl = `dns:///${addresses.metering[0] ?? ''}`;
  const billingUrl = `dns:///${addresses.billing[0] ?? ''}`;
  const listening = { HOST: LOOPBACK, PORT: String(place.port) };
  // The gateway needs nothing but the services, all replicas of each.
  if (place.service === 'gateway') return { ...listening, ...gatewayUrls(addresses), ...env };
  return {
    ...listening,
    MONGODB_URL: stack.mongodbUrl,
    NATS_URL: stack.natsUrl,
    ...(stack.natsMonitorUrl === undefined ? {} : { NATS_MONITOR_URL: stack.natsMonitorUrl }),
    // Events are stored on every node there is.
    ...(stack.nodes > 1 ? { EVENTS_REPLICAS: String(stack.nodes) } : {}),
    // Billing asks metering, and invoicing both.
    ...(place.service === 'billing' ? { SERVICE_KEY: serviceKey, METERING_URL: meteringUrl } : {}),
    ...(place.service === 'invoicing'
      ? {
          SERVICE_KEY: serviceKey,
          BILLING_URL: billingUrl,
          METERING_URL: meteringUrl,
          SECRETS_KEYS: secretsKey,
        }
      : {}),
    // Whoever tries the platform on one machine has receivers there.
    ...(place.service === 'webhooks'
      ? { SECRETS_KEYS: secretsKey, LOOPBACK_ENDPOINTS: 'allowed' }
      : {}),
    ...env,
  };
}

function gatewayUrls(addresses: Addresses): Record<string, string> {
  return Object.fromEntries(
    SERVICE_NAMES.filter((name) => name !== 'gateway').map((name) => [
      `${name.toUpperCase()}_URL`,
      `dns:///${addresses[name].join(',')}`,
    ]),
  );
}

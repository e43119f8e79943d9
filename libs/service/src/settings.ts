import { integer, logLevel, origins, port } from '@billingrails/config';
import type { PrincipalLimits } from '@billingrails/rpc';
import { z } from 'zod';

/** The environment that every service reads; `portDefault` is its own. */
export const serviceSettings = (portDefault: number) => ({
  HOST: z.string().default('127.0.0.1'),
  PORT: port().default(portDefault),
  LOG_LEVEL: logLevel().default('info'),
  /**
   * Whose pages may call from browsers: origins such as https://console.example with commas between, "loopback" for
   * those of this machine, "*" for all, "none".
   */
  CORS_ORIGINS: origins().default(['loopback']),
  /** How many calls a second an organisation may make at this replica where it has no limit of its own; 0: any. */
  ORGANISATION_CALLS_PER_SECOND: perSecond(),
  /** How many bytes of requests, as they are sent. */
  ORGANISATION_BYTES_PER_SECOND: perSecond(),
  /** How many events; of ingest alone. */
  ORGANISATION_EVENTS_PER_SECOND: perSecond(),
});

function perSecond() {
  return integer(0, 2 ** 40).default(0);
}

/** What holds for organisations without limits of their own. */
export function defaultLimits(config: {
  readonly ORGANISATION_CALLS_PER_SECOND: number;
  readonly ORGANISATION_BYTES_PER_SECOND: number;
  readonly ORGANISATION_EVENTS_PER_SECOND: number;
}): PrincipalLimits | undefined {
  const { ORGANISATION_CALLS_PER_SECOND: calls, ORGANISATION_BYTES_PER_SECOND: bytes } = config;
  const { ORGANISATION_EVENTS_PER_SECOND: events } = config;
  if (calls + bytes + events === 0) return undefined;
  const organisation = {
    ...(calls > 0 && { calls }),
    ...(bytes > 0 && { bytes }),
    ...(events > 0 && { events }),
  };
  return { key: {}, organisation };
}

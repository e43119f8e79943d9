import { logLevel, origins, port } from '@billingrails/config';
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
});

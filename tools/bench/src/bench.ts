import { startBenchPlatform, type BenchPlatform } from './bench-platform';
import { Postgres } from './postgres/postgres';
import type { Sizes } from './sizes';

/** MongoDB gets as much memory as PostgreSQL does beside it. */
export const CACHE_GIB = 2;

/** What figures are measured on. Everything is started when it is first asked for, and stays until the end. */
export class Bench {
  readonly sizes: Sizes;
  #platform: Promise<BenchPlatform> | undefined;
  #postgres: Promise<Postgres | undefined> | undefined;

  constructor(sizes: Sizes) {
    this.sizes = sizes;
  }

  /** The services as they are built, on real servers. */
  platform(): Promise<BenchPlatform> {
    this.#platform ??= startBenchPlatform(CACHE_GIB);
    return this.#platform;
  }

  /** Undefined where this machine has no PostgreSQL. */
  postgres(): Promise<Postgres | undefined> {
    this.#postgres ??= Postgres.start(CACHE_GIB);
    return this.#postgres;
  }

  async close(): Promise<void> {
    const [platform, postgres] = await Promise.allSettled([this.#platform, this.#postgres]);
    if (platform.status === 'fulfilled') await platform.value?.close();
    if (postgres.status === 'fulfilled') await postgres.value?.stop();
  }
}

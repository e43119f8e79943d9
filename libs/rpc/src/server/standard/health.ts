import { EventEmitter, once } from 'node:events';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { notFound } from '@billingrails/errors';
import { shuttingDown } from '../../errors/shutting-down';
import {
  HealthCheckResponse_ServingStatus as Status,
  type Health,
} from '@billingrails/contracts/grpc/health/v1/health_pb';

/** Watchers come back to another replica after this long. */
const WATCHERS_RETRY_MS = 1_000;

/** What grpc.health.v1 tells: of the whole server (the empty name) and of each service. */
export class HealthState {
  readonly #names: ReadonlySet<string>;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #away = new Set<string>();
  #serving = true;
  #closed = false;

  constructor(services: readonly string[]) {
    this.#names = new Set(['', ...services]);
  }

  /** Of the whole server, and so of each service. */
  setServing(serving: boolean): void {
    this.#serving = serving && !this.#closed;
    this.#events.emit('change');
  }

  /** Of these services alone, where others do the work for this server. */
  setServingOf(services: readonly string[], serving: boolean): void {
    for (const name of services) {
      if (serving) this.#away.delete(name);
      else this.#away.add(name);
    }
    this.#events.emit('change');
  }

  /** NOT_SERVING for good; watchers are told so and then sent away. */
  close(): void {
    this.#closed = true;
    this.setServing(false);
  }

  /** The methods of grpc.health.v1.Health. */
  readonly implementation: ServiceImpl<typeof Health> = {
    check: ({ service }) => {
      const status = this.#statusOf(service);
      if (status === Status.SERVICE_UNKNOWN) {
        throw notFound('SERVICE_UNKNOWN', 'This server has no service of that name.');
      }
      return { status };
    },
    list: () => ({
      statuses: Object.fromEntries(
        [...this.#names].map((name) => [name, { status: this.#statusOf(name) }]),
      ),
    }),
    watch: ({ service }, context) => this.#watch(service, context),
  };

  async *#watch(service: string, { signal }: HandlerContext) {
    let told: Status | undefined;
    for (;;) {
      // Listening starts before the look, so that no change falls between the two.
      const change = once(this.#events, 'change', { signal });
      change.catch(() => undefined);
      const status = this.#statusOf(service);
      if (status !== told) yield { status };
      told = status;
      if (this.#closed) throw shuttingDown(WATCHERS_RETRY_MS);
      await change;
    }
  }

  #statusOf(service: string): Status {
    if (!this.#names.has(service)) return Status.SERVICE_UNKNOWN;
    return this.#serving && !this.#away.has(service) ? Status.SERVING : Status.NOT_SERVING;
  }
}

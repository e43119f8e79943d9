import { repeat, type Job } from '@billingrails/waits';
import type { Logger } from '@billingrails/log';
import type { ServiceName } from '../services';
import type { Address, FindReplicas } from './addresses';
import { Replica, type ReplicaPatience } from './replica';

/** How often replicas are looked up and asked how they are, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
const STANDARD_PATIENCE: ReplicaPatience = { connectMs: 1_000, probeMs: 5_000 };

export interface ServiceReplicasOptions {
  readonly name: ServiceName;
  readonly find: FindReplicas;
  readonly logger: Logger;
  /** Told whether any replica takes calls, when that has changed. */
  readonly onChange: (isServing: boolean) => void;
  readonly lookEveryMs?: number;
  readonly patience?: ReplicaPatience;
}

/** The replicas of one service, as they come and go. */
export class ServiceReplicas {
  readonly name: ServiceName;
  readonly #replicas = new Map<Address, Replica>();
  #turn = 0;
  #wasServing = true;
  #looking: Promise<void> | undefined;
  readonly #job: Job;

  constructor(private readonly options: ServiceReplicasOptions) {
    this.name = options.name;
    const { lookEveryMs = LOOK_EVERY_MS, logger } = options;
    const work = async () => {
      await this.look();
      return 'done' as const;
    };
    this.#job = repeat(`looking for ${options.name}`, lookEveryMs, work, logger);
  }

  /**
   * Whom to give a call to, the first first: those that take calls, in turn; then those that are connected, and say
   * themselves why they take none; then those that are away, as they may have come back.
   */
  candidates(): readonly Replica[] {
    const all = [...this.#replicas.values()];
    const turn = this.#turn++;
    const inTurn = (some: readonly Replica[]) =>
      some.map((_, n) => some[(n + turn) % some.length] as Replica);
    const serving = all.filter((each) => each.isServing);
    const rest = all.filter((each) => !each.isServing);
    return [
      ...inTurn(serving),
      ...rest.filter((each) => each.isConnected),
      ...rest.filter((each) => !each.isConnected),
    ];
  }

  /** How many are known, and how many of them take calls. */
  count(): { readonly known: number; readonly serving: number } {
    const all = [...this.#replicas.values()];
    return { known: all.length, serving: all.filter((each) => each.isServing).length };
  }

  /** Looks the replicas up and asks each how it is. Those who ask meanwhile get the same look. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async close(): Promise<void> {
    const closed = this.#job.close();
    for (const replica of this.#replicas.values()) replica.destroy();
    await closed;
  }

  async #look(): Promise<void> {
    const addresses = await this.options.find().catch((error: unknown) => {
      this.options.logger.debug(
        { err: error, service_behind: this.name },
        'the name cannot be looked up',
      );
      return undefined;
    });
    if (addresses !== undefined) this.#update(addresses);
    await Promise.all([...this.#replicas.values()].map((replica) => replica.probe()));
    const { known, serving } = this.count();
    const isServing = serving > 0;
    if (isServing === this.#wasServing) return;
    this.#wasServing = isServing;
    this.options.logger.info(
      { service_behind: this.name, known, serving },
      isServing ? 'a service is there' : 'a service is away',
    );
    this.options.onChange(isServing);
  }

  #update(addresses: readonly Address[]): void {
    const { patience = STANDARD_PATIENCE } = this.options;
    for (const [address, replica] of this.#replicas) {
      if (addresses.includes(address)) continue;
      replica.close();
      this.#replicas.delete(address);
    }
    for (const address of addresses)
      if (!this.#replicas.has(address)) this.#replicas.set(address, new Replica(address, patience));
  }
}

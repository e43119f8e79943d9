import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AggregationMethod,
  type Meter,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import { progress } from '../progress';
import { shortCount } from '../sizes';
import { EventBatches } from './event-batches';
import { allMetered } from './metered';
import { runLoad, untilGiven } from './run-load';

const EVENT_NAME = 'Page viewed';

/** An account that had so many events in the month, each of another user. */
export interface AccountHistory {
  readonly accountId: string;
  readonly meterId: string;
  readonly eventCount: number;
}

interface HistoryOptions {
  readonly key: string;
  readonly ingestUrl: string;
  readonly clients: Clients;
}

/** The last whole month, UTC. */
export function lastMonth(): { startMs: number; endMs: number } {
  const now = new Date();
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return { startMs: Date.UTC(year, month - 1, 1), endMs: Date.UTC(year, month, 1) };
}

/** Accounts with a month of events, each sent through the API when it is first asked for. */
export class History {
  readonly #options: HistoryOptions;
  readonly #accounts = new Map<number, Promise<AccountHistory>>();
  #meter: Promise<Meter> | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** An account with so many events in the last month. */
  accountWith(eventCount: number): Promise<AccountHistory> {
    const account = this.#accounts.get(eventCount) ?? this.#send(eventCount);
    this.#accounts.set(eventCount, account);
    return account;
  }

  async #send(eventCount: number): Promise<AccountHistory> {
    const { clients, key, ingestUrl } = this.#options;
    this.#meter ??= createMeter(clients);
    const { id: meterId } = await this.#meter;
    const accountId = `acct_with_${eventCount}`;
    progress(`storing ${shortCount(eventCount)} events of one account in one month`);
    const batches = new EventBatches({
      ...{ eventNames: [EVENT_NAME], ...lastMonth(), accountId, keyPrefix: accountId },
    });
    await runLoad({ ingestUrl, key, batches, goesOn: untilGiven(batches, eventCount) });
    await allMetered(clients, meterId);
    return { accountId, meterId, eventCount };
  }
}

async function createMeter({ meters }: Clients): Promise<Meter> {
  const { meter } = await meters.createMeter({
    name: EVENT_NAME,
    eventName: EVENT_NAME,
    profiles: [
      {
        ...{ code: 'duration', name: 'Duration', aggregationProperty: 'duration' },
        aggregationMethod: AggregationMethod.SUM,
      },
      {
        ...{ code: 'users', name: 'Users', aggregationProperty: 'user' },
        aggregationMethod: AggregationMethod.COUNT_UNIQUE,
      },
    ],
  });
  if (!meter) throw new Error('The meter was not returned.');
  return meter;
}

/** The last month of an account, as queries ask for it. */
export function monthOf({ meterId, accountId }: AccountHistory, profile: string) {
  const { startMs, endMs } = lastMonth();
  return {
    ...{ meterId, profile, accountIds: [accountId] },
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(endMs),
  };
}

import type { Binary, MongoClient } from 'mongodb';
import type { Logger } from '@billingrails/log';

/** No transaction of ours waits this long for its own process, unless that is gone or hangs. */
const IDLE_MAX_MS = 3_000;
const LOOK_EVERY_MS = 500;

/** A transaction that waits for its process, as the server tells it. */
interface IdleTransaction {
  readonly lsid: { readonly id: Binary };
  readonly client?: string;
  readonly transaction: {
    readonly parameters?: { readonly txnNumber?: unknown };
    /** The sums, since its begin, of the time in which its steps ran, and of the time between them. */
    readonly timeActiveMicros: unknown;
    readonly timeInactiveMicros: unknown;
  };
}

/** A transaction since it was first seen at a step. */
interface Sighting {
  /** Names the transaction and how far it is: another text once it has been continued. */
  readonly step: string;
  readonly inactiveMs: number;
}

export interface AbandonedTransactionWatch {
  close(): Promise<void>;
}

/**
 * Ends transactions that were left open. When a process is killed inside one, the server keeps it for
 * `transactionLifetimeLimitSeconds` (60 by default), and until then all that it wrote to is locked: a partition's
 * cursor, an invoice number. Every process looks for transactions of its own service (`appName`) that nobody has
 * continued for three seconds and ends them. One whose process merely hung is refused at its next step and run
 * again from its start, so ending too much costs time and never correctness.
 *
 * The server tells only how long a transaction has been idle altogether, however often it was continued. What it tells
 * of the time in which its steps ran does not grow while nobody continues it: so one is compared with what it was when
 * it was first seen at the same step.
 */
export function endAbandonedTransactions(
  client: MongoClient,
  appName: string,
  logger: Logger,
): AbandonedTransactionWatch {
  let seen: ReadonlyMap<string, Sighting> = new Map();
  let closed = false;
  let failed = false;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const idle = await findIdle(client, appName);
      failed = false;
      const earlier = seen;
      seen = new Map(idle.map((one) => [nameOf(one), sightingOf(one, earlier)]));
      const abandoned = idle.filter((one) => isAbandoned(one, earlier));
      if (abandoned.length === 0 || closed) return;
      await client.db('admin').command({ killSessions: abandoned.map(({ lsid }) => lsid) });
      const clients = abandoned.map(({ client: address }) => address);
      logger.warn({ clients }, 'ended transactions that their processes had abandoned');
    } catch (error) {
      // Said once: the server ends them in the end, and while it is away there are none.
      if (!closed && !failed) logger.warn({ err: error }, 'cannot look for abandoned transactions');
      failed = true;
    }
  }

  const timer = setInterval(() => (looking = look()), LOOK_EVERY_MS);
  timer.unref();
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/** Without `allUsers` the server shows what belongs to our own user, which needs no privilege. */
async function findIdle(client: MongoClient, appName: string): Promise<IdleTransaction[]> {
  const found = await client
    .db('admin')
    .aggregate<IdleTransaction>(
      [
        { $currentOp: { idleSessions: true, idleConnections: false } },
        { $match: { type: 'idleSession', appName, transaction: { $exists: true } } },
        { $project: { 'lsid.id': 1, client: 1, transaction: 1 } },
      ],
      { readConcern: { level: 'local' } },
    )
    .toArray();
  return found.map(({ lsid, ...rest }) => ({ lsid: { id: lsid.id }, ...rest }));
}

function isAbandoned(one: IdleTransaction, earlier: ReadonlyMap<string, Sighting>): boolean {
  const { inactiveMs } = sightingOf(one, earlier);
  return inactiveMsOf(one) - inactiveMs > IDLE_MAX_MS;
}

/** When it was first seen at the step at which it is. */
function sightingOf(one: IdleTransaction, earlier: ReadonlyMap<string, Sighting>): Sighting {
  const { parameters, timeActiveMicros } = one.transaction;
  const step = `${String(parameters?.txnNumber)}/${String(timeActiveMicros)}`;
  const before = earlier.get(nameOf(one));
  return before?.step === step ? before : { step, inactiveMs: inactiveMsOf(one) };
}

function nameOf({ lsid }: IdleTransaction): string {
  return lsid.id.toString('hex');
}

function inactiveMsOf({ transaction }: IdleTransaction): number {
  return Number(transaction.timeInactiveMicros) / 1_000;
}

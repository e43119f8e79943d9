import type { Binary, MongoClient } from 'mongodb';
import type { Logger } from '@billingrails/log';

/** No transaction of ours waits this long for its own process, unless that is gone or hangs. */
const IDLE_MAX_MS = 3_000;
const LOOK_EVERY_MS = 500;

interface IdleTransaction {
  readonly lsid: { readonly id: Binary };
  readonly client?: string;
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
 */
export function endAbandonedTransactions(
  client: MongoClient,
  appName: string,
  logger: Logger,
): AbandonedTransactionWatch {
  let closed = false;
  let failed = false;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const abandoned = await findAbandoned(client, appName);
      failed = false;
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
async function findAbandoned(client: MongoClient, appName: string): Promise<IdleTransaction[]> {
  const found = await client
    .db('admin')
    .aggregate<IdleTransaction>(
      [
        { $currentOp: { idleSessions: true, idleConnections: false } },
        {
          $match: {
            type: 'idleSession',
            appName,
            'transaction.timeInactiveMicros': { $gt: IDLE_MAX_MS * 1_000 },
          },
        },
        { $project: { 'lsid.id': 1, client: 1 } },
      ],
      { readConcern: { level: 'local' } },
    )
    .toArray();
  return found.map(({ lsid, ...rest }) => ({ lsid: { id: lsid.id }, ...rest }));
}

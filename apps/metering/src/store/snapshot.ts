import type { Mongo } from '@billingrails/mongo';
import { ReadConcern, type ClientSession, type Db } from 'mongodb';

/** Reads that all see one moment. */
export interface Snapshot {
  readonly db: Db;
  readonly session: ClientSession;
  close(): Promise<void>;
}

/**
 * Lets reads all see one moment: what a majority has when the first of them runs. They must use both the `db` and the
 * `session` they are given; the first decides for the moment, and must be done before others begin. Unlike a
 * transaction it locks nothing and is never run again. The moment is forgotten after a few minutes: later reads fail.
 *
 * The `db` matters: to a snapshot session the driver leaves a read concern that was set elsewhere, such as the client's
 * own "majority", and each read would silently be of its own moment.
 */
export function openSnapshot({ client, db }: Mongo): Snapshot {
  const session = client.startSession({ snapshot: true });
  return {
    db: client.db(db.databaseName, { readConcern: new ReadConcern('snapshot') }),
    session,
    close: () => session.endSession(),
  };
}

/** Waits for all of some reads that go on at once, also where one fails, and then throws its error. */
export async function together<T extends readonly unknown[]>(reads: {
  readonly [K in keyof T]: T[K] | Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(reads);
  return (await Promise.all(reads)) as unknown as T;
}

/** Runs reads in a snapshot of their own. */
export async function inSnapshot<T>(
  mongo: Mongo,
  read: (db: Db, session: ClientSession) => Promise<T>,
): Promise<T> {
  const snapshot = openSnapshot(mongo);
  try {
    return await read(snapshot.db, snapshot.session);
  } finally {
    await snapshot.close();
  }
}

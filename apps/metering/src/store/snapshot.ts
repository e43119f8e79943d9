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
 * `session` they are given, one after the other. Unlike a transaction it locks nothing and is never run again. The
 * moment is forgotten after a few minutes: later reads fail.
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

import type { Mongo } from '@billingrails/mongo';
import { ReadConcern, type ClientSession, type Db } from 'mongodb';

/**
 * Runs reads that all see one moment: what a majority has when the first of them runs. They must use both the `db` and the
 * `session` they are given, one after the other. Unlike a transaction it locks nothing and is never run again.
 *
 * The `db` matters: to a snapshot session the driver leaves a read concern that was set elsewhere, such as the client's
 * own "majority", and each read would silently be of its own moment.
 */
export async function inSnapshot<T>(
  { client, db }: Mongo,
  read: (db: Db, session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = client.startSession({ snapshot: true });
  try {
    return await read(
      client.db(db.databaseName, { readConcern: new ReadConcern('snapshot') }),
      session,
    );
  } finally {
    await session.endSession();
  }
}

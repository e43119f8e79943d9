import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';

interface TestClockDoc {
  _id: OrganisationId;
  currentTime: Date;
}

/** An organisation's own present, as billing last told it. */
export interface TestClock {
  readonly organisationId: OrganisationId;
  readonly currentMs: number;
}

/** Who lives by a clock: one organisation, or, by the real time, all but some. */
export type OfClock = OrganisationId | { readonly allBut: readonly OrganisationId[] };

/** The collection `test_clocks`: one for each organisation that does not live by the real time. */
export interface TestClockStore {
  /** The organisation's present: its test clock's, or the real time. */
  present(organisationId: OrganisationId, session?: ClientSession): Promise<number>;
  /** Whether it has a test clock. */
  has(organisationId: OrganisationId, session: ClientSession): Promise<boolean>;
  /** Moves clocks on; never back. */
  move(clocks: readonly TestClock[]): Promise<void>;
  all(): Promise<TestClock[]>;
}

const TEST_CLOCKS = 'test_clocks';

/** Found by `_id` only. */
export const TEST_CLOCK_INDEXES = [
  { collection: TEST_CLOCKS },
] as const satisfies readonly IndexSpec[];

/** Opens the test clocks. `nowMs` is the real time. */
export function testClockStore(db: Db, nowMs: () => number): TestClockStore {
  const collection = db.collection<TestClockDoc>(TEST_CLOCKS);
  return {
    async present(organisationId, session) {
      const doc = await collection.findOne({ _id: organisationId }, session && { session });
      return doc === null ? nowMs() : msOf(doc.currentTime);
    },
    async has(organisationId, session) {
      return (await collection.findOne({ _id: organisationId }, { session })) !== null;
    },
    async move(clocks) {
      const writes = clocks.map(({ organisationId, currentMs }) => ({
        updateOne: {
          filter: { _id: organisationId },
          update: { $max: { currentTime: dateOf(currentMs) } },
          upsert: true,
        },
      }));
      if (writes.length > 0) await collection.bulkWrite(writes);
    },
    async all() {
      const docs = await collection.find().toArray();
      return docs.map(({ _id, currentTime }) => ({
        organisationId: _id,
        currentMs: msOf(currentTime),
      }));
    },
  };
}

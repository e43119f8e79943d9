import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';

/** By what an organisation lives. */
export type ClockKind = 'real' | 'test';

/**
 * An organisation's clock. There is none until it is decided: by creating a test clock, or by the first
 * subscription, which decides for the real time. Both insert the same `_id`, so only one of them can.
 */
type ClockDoc =
  | { _id: OrganisationId; kind: 'real' }
  | {
      _id: OrganisationId;
      kind: 'test';
      /** The organisation's present. */
      currentTime: Date;
      /** Rises with every change that the scheduler must see, and with every fence. */
      version: number;
      /** The real time at which the scheduler looks for ended cycles. Unset: there are none. */
      wakeTime?: Date;
    };

/** A test clock as it stood when it was read. */
export interface TestClock {
  readonly organisationId: OrganisationId;
  readonly currentMs: number;
  readonly version: number;
}

/** An organisation's time and by what it goes. */
export interface Present {
  readonly clock: ClockKind;
  readonly nowMs: number;
}

/** The collection `clocks`: one document an organisation. */
export interface ClockStore {
  /** The organisation's time, for what needs no fence. */
  present(organisationId: OrganisationId, session?: ClientSession): Promise<Present>;
  /**
   * The organisation's time, which a test clock then keeps until the transaction is done: what it adds is there
   * before any period is closed by a later time.
   */
  fencedPresent(organisationId: OrganisationId, session: ClientSession): Promise<Present>;
  /**
   * Like `fencedPresent`, for a new subscription: decides for the real time if nothing was decided, and wakes the
   * scheduler.
   */
  presentForSubscription(organisationId: OrganisationId, session: ClientSession): Promise<Present>;
  /** Lets the scheduler look at a test clock at once: something may have become due. */
  wake(organisationId: OrganisationId): Promise<void>;
  findTestClock(
    organisationId: OrganisationId,
    session?: ClientSession,
  ): Promise<TestClock | undefined>;
  /** False when the organisation's clock was decided before. */
  createTestClock(
    organisationId: OrganisationId,
    currentMs: number,
    session: ClientSession,
  ): Promise<boolean>;
  setTestClock(
    organisationId: OrganisationId,
    currentMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** Test clocks that may have ended cycles, the longest waiting first. */
  waking(nowMs: number, limit: number): Promise<TestClock[]>;
  /** Says when to look at a clock again; undefined: when it changes. Does nothing if it changed since it was read. */
  rest(clock: TestClock, wakeMs: number | undefined): Promise<void>;
}

/** The scheduler's search for test clocks. */
export const CLOCK_INDEXES = [
  { collection: 'clocks', key: { kind: 1, wakeTime: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the clocks. `nowMs` is the real time. */
export function clockStore(db: Db, nowMs: () => number): ClockStore {
  const collection = db.collection<ClockDoc>('clocks');
  /** Organisations that live by the real time: they do so for good. */
  const real = new Set<OrganisationId>();
  const find = (organisationId: OrganisationId, session?: ClientSession) =>
    collection.findOne({ _id: organisationId }, session === undefined ? {} : { session });
  const wakeNow = () => ({ wakeTime: dateOf(nowMs()) });
  const touch = async (organisationId: OrganisationId, set: object, session?: ClientSession) => {
    await collection.updateOne(
      { _id: organisationId, kind: 'test' },
      { $inc: { version: 1 }, ...set },
      session === undefined ? {} : { session },
    );
  };
  return {
    async present(organisationId, session) {
      if (real.has(organisationId)) return { clock: 'real', nowMs: nowMs() };
      const doc = await find(organisationId, session);
      // What a transaction has read may not stay.
      if (doc?.kind === 'real' && session === undefined) real.add(organisationId);
      return presentOf(doc, nowMs);
    },
    async fencedPresent(organisationId, session) {
      const doc = await find(organisationId, session);
      if (doc?.kind === 'test') await touch(organisationId, {}, session);
      return presentOf(doc, nowMs);
    },
    async presentForSubscription(organisationId, session) {
      const doc = await find(organisationId, session);
      if (doc === null)
        await collection.insertOne({ _id: organisationId, kind: 'real' }, { session });
      if (doc?.kind === 'test') await touch(organisationId, { $set: wakeNow() }, session);
      return presentOf(doc, nowMs);
    },
    wake: (organisationId) => touch(organisationId, { $set: wakeNow() }),
    async findTestClock(organisationId, session) {
      const doc = await find(organisationId, session);
      return doc?.kind === 'test' ? fromDoc(doc) : undefined;
    },
    async createTestClock(organisationId, currentMs, session) {
      if ((await find(organisationId, session)) !== null) return false;
      await collection.insertOne(
        { _id: organisationId, kind: 'test', currentTime: dateOf(currentMs), version: 1 },
        { session },
      );
      return true;
    },
    setTestClock: (organisationId, currentMs, session) =>
      touch(organisationId, { $set: { currentTime: dateOf(currentMs), ...wakeNow() } }, session),
    async waking(realMs, limit) {
      const docs = await collection
        .find({ kind: 'test', wakeTime: { $lte: dateOf(realMs) } })
        .sort({ wakeTime: 1 })
        .limit(limit)
        .toArray();
      return docs.flatMap((doc) => (doc.kind === 'test' ? [fromDoc(doc)] : []));
    },
    async rest({ organisationId, version }, wakeMs) {
      const change =
        wakeMs === undefined
          ? { $unset: { wakeTime: true as const } }
          : { $set: { wakeTime: dateOf(wakeMs) } };
      await collection.updateOne({ _id: organisationId, kind: 'test', version }, change);
    },
  };
}

function presentOf(doc: ClockDoc | null, nowMs: () => number): Present {
  return doc?.kind === 'test'
    ? { clock: 'test', nowMs: msOf(doc.currentTime) }
    : { clock: 'real', nowMs: nowMs() };
}

function fromDoc({ _id, currentTime, version }: Extract<ClockDoc, { kind: 'test' }>): TestClock {
  return { organisationId: _id, currentMs: msOf(currentTime), version };
}

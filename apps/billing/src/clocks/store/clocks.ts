import type { AccountId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { ClockName } from '../domain/clock-name';

/** Of an organisation, or of one of its accounts alone. */
type ClockKey = OrganisationId | `${OrganisationId}/${AccountId}`;

/**
 * A clock. An organisation has none until it is decided: by creating a test clock, or by the first subscription, which
 * decides for the real time. Both insert the same `_id`, so only one of them can. An account has one of its own where
 * it was created with it.
 */
type ClockDoc =
  | { _id: ClockKey; kind: 'real' }
  | {
      _id: ClockKey;
      kind: 'test';
      /** The present of whom it is of. */
      currentTime: Date;
      /** Rises with every change that the scheduler must see, and with every fence. */
      version: number;
      /** The real time at which the scheduler looks for ended cycles. Unset: there are none. */
      wakeTime?: Date;
    };

/** A test clock as it stood when it was read. */
export interface TestClock {
  readonly organisationId: OrganisationId;
  /** Whose alone it is. Unset: all the organisation's but of accounts that have their own. */
  readonly accountId?: AccountId;
  readonly currentMs: number;
  readonly version: number;
}

/** What falls due by a test clock names it so. */
export function clockName({ accountId }: Pick<TestClock, 'accountId'>): ClockName {
  return accountId === undefined ? 'test' : `account/${accountId}`;
}

/** The time and by what it goes. */
export interface Present {
  readonly clock: ClockName;
  readonly nowMs: number;
}

/** The collection `clocks`: one document an organisation, and one an account that has its own. */
export interface ClockStore {
  /** The server's time. */
  realMs(): number;
  /** The organisation's time, for what needs no fence. */
  present(organisationId: OrganisationId, session?: ClientSession): Promise<Present>;
  /** The account's time: by its own clock, or else the organisation's; for what needs no fence. */
  presentOf(
    organisationId: OrganisationId,
    accountId: string,
    session?: ClientSession,
  ): Promise<Present>;
  /** The time of each of the accounts. */
  presentsOf(
    organisationId: OrganisationId,
    accountIds: readonly string[],
  ): Promise<(accountId: string) => Present>;
  /**
   * The organisation's time, or an account's, which a test clock then keeps until the transaction is done: what it adds
   * is there before any period is closed by a later time.
   */
  fencedPresent(
    organisationId: OrganisationId,
    accountId: AccountId | undefined,
    session: ClientSession,
  ): Promise<Present>;
  /**
   * Like `fencedPresent`, for a new subscription: decides for the real time if nothing was decided, and wakes the
   * scheduler.
   */
  presentForSubscription(
    organisationId: OrganisationId,
    accountId: string,
    session: ClientSession,
  ): Promise<Present>;
  /** Lets the scheduler look at the test clocks of the organisation at once: something may have become due. */
  wake(organisationId: OrganisationId): Promise<void>;
  /** The organisation's, or the account's own. */
  findTestClock(
    organisationId: OrganisationId,
    accountId?: AccountId,
    session?: ClientSession,
  ): Promise<TestClock | undefined>;
  /** False when the organisation's clock, or the account's own, was decided before. */
  createTestClock(
    of: Pick<TestClock, 'organisationId' | 'accountId'>,
    currentMs: number,
    session: ClientSession,
  ): Promise<boolean>;
  setTestClock(
    of: Pick<TestClock, 'organisationId' | 'accountId'>,
    currentMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** Takes an account's own clock away. */
  removeTestClock(
    organisationId: OrganisationId,
    accountId: AccountId,
    session: ClientSession,
  ): Promise<void>;
  /** The test clocks of accounts alone, of an organisation. */
  accountClocks(organisationId: OrganisationId): Promise<TestClock[]>;
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
  const optional = (session?: ClientSession) => (session === undefined ? {} : { session });
  const find = (key: ClockKey, session?: ClientSession) =>
    collection.findOne({ _id: key }, optional(session));
  /** The account's own, or else the organisation's. */
  const findFor = async (
    organisationId: OrganisationId,
    accountId: string | undefined,
    session?: ClientSession,
  ): Promise<ClockDoc | null> => {
    const keys = [organisationId, keyOf({ organisationId, accountId: accountId as AccountId })];
    const docs = await collection.find({ _id: { $in: keys } }, optional(session)).toArray();
    return docs.find(({ _id }) => _id !== organisationId) ?? docs[0] ?? null;
  };
  const wakeNow = () => ({ wakeTime: dateOf(nowMs()) });
  const touch = async (key: ClockKey, set: object, session?: ClientSession) => {
    await collection.updateOne(
      { _id: key, kind: 'test' },
      { $inc: { version: 1 }, ...set },
      optional(session),
    );
  };
  return {
    realMs: nowMs,
    async present(organisationId, session) {
      if (real.has(organisationId)) return { clock: 'real', nowMs: nowMs() };
      const doc = await find(organisationId, session);
      // What a transaction has read may not stay.
      if (doc?.kind === 'real' && session === undefined) real.add(organisationId);
      return presentFrom(doc, nowMs);
    },
    async presentOf(organisationId, accountId, session) {
      return presentFrom(await findFor(organisationId, accountId, session), nowMs);
    },
    async presentsOf(organisationId, accountIds) {
      const own = [...new Set(accountIds)].map((id) =>
        keyOf({ organisationId, accountId: id as AccountId }),
      );
      const docs = await collection.find({ _id: { $in: [organisationId, ...own] } }).toArray();
      const byKey = new Map<string, ClockDoc>(docs.map((doc) => [doc._id, doc]));
      return (accountId) => {
        const key = keyOf({ organisationId, accountId: accountId as AccountId });
        return presentFrom(byKey.get(key) ?? byKey.get(organisationId) ?? null, nowMs);
      };
    },
    async fencedPresent(organisationId, accountId, session) {
      const doc = await findFor(organisationId, accountId, session);
      if (doc?.kind === 'test') await touch(doc._id, {}, session);
      return presentFrom(doc, nowMs);
    },
    async presentForSubscription(organisationId, accountId, session) {
      const doc = await findFor(organisationId, accountId, session);
      if (doc === null)
        await collection.insertOne({ _id: organisationId, kind: 'real' }, { session });
      if (doc?.kind === 'test') await touch(doc._id, { $set: wakeNow() }, session);
      return presentFrom(doc, nowMs);
    },
    async wake(organisationId) {
      const all = { $or: [{ _id: organisationId }, ownClocks(organisationId)] };
      const update = { $inc: { version: 1 }, $set: wakeNow() };
      await collection.updateMany({ ...all, kind: 'test' }, update);
    },
    async findTestClock(organisationId, accountId, session) {
      const doc = await find(keyOf({ organisationId, accountId }), session);
      return doc?.kind === 'test' ? fromDoc(doc) : undefined;
    },
    async createTestClock(of, currentMs, session) {
      const _id = keyOf(of);
      if ((await find(_id, session)) !== null) return false;
      await collection.insertOne(
        { _id, kind: 'test', currentTime: dateOf(currentMs), version: 1 },
        { session },
      );
      return true;
    },
    setTestClock: (of, currentMs, session) =>
      touch(keyOf(of), { $set: { currentTime: dateOf(currentMs), ...wakeNow() } }, session),
    async removeTestClock(organisationId, accountId, session) {
      await collection.deleteOne({ _id: keyOf({ organisationId, accountId }) }, { session });
    },
    async accountClocks(organisationId) {
      const docs = await collection.find(ownClocks(organisationId)).toArray();
      return docs.flatMap((doc) => (doc.kind === 'test' ? [fromDoc(doc)] : []));
    },
    async waking(realMs, limit) {
      const docs = await collection
        .find({ kind: 'test', wakeTime: { $lte: dateOf(realMs) } })
        .sort({ wakeTime: 1 })
        .limit(limit)
        .toArray();
      return docs.flatMap((doc) => (doc.kind === 'test' ? [fromDoc(doc)] : []));
    },
    async rest(clock, wakeMs) {
      const change =
        wakeMs === undefined
          ? { $unset: { wakeTime: true as const } }
          : { $set: { wakeTime: dateOf(wakeMs) } };
      const { version } = clock;
      await collection.updateOne({ _id: keyOf(clock), kind: 'test', version }, change);
    },
  };
}

/** Those of the organisation's accounts: "0" is the letter behind "/". */
function ownClocks(organisationId: OrganisationId) {
  return { _id: { $gte: `${organisationId}/` as ClockKey, $lt: `${organisationId}0` as ClockKey } };
}

/** No account's id has a slash in it. */
function keyOf(of: {
  readonly organisationId: OrganisationId;
  readonly accountId?: AccountId | undefined;
}): ClockKey {
  return of.accountId === undefined ? of.organisationId : `${of.organisationId}/${of.accountId}`;
}

function ownerOf(key: ClockKey): Pick<TestClock, 'organisationId' | 'accountId'> {
  const [organisationId, accountId] = key.split('/');
  return {
    organisationId: organisationId as OrganisationId,
    ...(accountId === undefined ? {} : { accountId: accountId as AccountId }),
  };
}

function presentFrom(doc: ClockDoc | null, nowMs: () => number): Present {
  return doc?.kind === 'test'
    ? { clock: clockName(ownerOf(doc._id)), nowMs: msOf(doc.currentTime) }
    : { clock: 'real', nowMs: nowMs() };
}

function fromDoc({ _id, currentTime, version }: Extract<ClockDoc, { kind: 'test' }>): TestClock {
  return { ...ownerOf(_id), currentMs: msOf(currentTime), version };
}

import type { CreditGrantId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import { dateOf, msOf } from '@billingrails/mongo';
import { DAY_MS } from '@billingrails/time';
import { MinKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { CreditState } from '../domain/burn-down';
import type { CreditPool } from './credit-pools';

/** The order of the fields is part of the key. */
interface StateKey {
  organisationId: OrganisationId;
  accountId: string;
  creditUnitId: string;
  dayTime: Date;
}

interface CreditStateDoc {
  _id: StateKey;
  left: AmountDoc[];
  lapsed: AmountDoc[];
  /** Unset: nothing. */
  takenBack?: AmountDoc[];
  /** Missing where it was kept before profiles were told apart: then it is as if it were not there. */
  owedBy?: ProfileDoc[];
  consumed?: ProfileDoc[];
  uncovered: string;
  used: string;
}

/** By the key of a profile. */
interface ProfileDoc {
  profile: string;
  amount: string;
}

interface AmountDoc {
  creditGrantId: string;
  amount: string;
}

/**
 * The collection `credit_states`: what usage had left of an account's credits at midnights of UTC up to which they were
 * posted, so that a posting counts what comes after. Nothing is lost with one: it is counted from an earlier one, or
 * from the beginning.
 */
export interface CreditStateStore {
  /** The newest of a pool that is not later than an instant. */
  latest(pool: CreditPool, untilMs: number): Promise<CreditState | undefined>;
  /** Keeps what posting came to from `from` on: what was kept of later days is replaced by it. */
  replace(
    pool: CreditPool,
    from: Pick<CreditState, 'atMs'>,
    state: CreditState,
    session: ClientSession,
  ): Promise<void>;
}

/** Usage that is later than that is counted from the beginning. */
const KEPT_DAYS = 62;

const CREDIT_STATES = 'credit_states';

export const CREDIT_STATE_INDEXES = [{ collection: CREDIT_STATES }] as const;

/** Opens what posting goes on from. */
export function creditStateStore(db: Db): CreditStateStore {
  const collection = db.collection<CreditStateDoc>(CREDIT_STATES);
  return {
    async latest(pool, untilMs) {
      const filter = {
        _id: { $gt: keyOf(pool, new MinKey()), $lte: keyOf(pool, dateOf(untilMs)) },
      } as unknown as Filter<CreditStateDoc>;
      const [doc] = await collection.find(filter).sort({ _id: -1 }).limit(1).toArray();
      return doc === undefined ? undefined : fromDoc(doc);
    },
    async replace(pool, from, state, session) {
      const fromTime = from.atMs === -Infinity ? new MinKey() : dateOf(from.atMs);
      const oldTime = dateOf(state.atMs - KEPT_DAYS * DAY_MS);
      const stale = {
        $or: [
          { _id: { $gt: keyOf(pool, fromTime), $lte: keyOf(pool, dateOf(state.atMs)) } },
          { _id: { $gt: keyOf(pool, new MinKey()), $lt: keyOf(pool, oldTime) } },
        ],
      } as unknown as Filter<CreditStateDoc>;
      await collection.deleteMany(stale, { session });
      await collection.insertOne(toDoc(pool, state), { session });
    },
  };
}

function keyOf({ organisationId, accountId, creditUnitId }: CreditPool, dayTime: unknown) {
  return { organisationId, accountId, creditUnitId, dayTime };
}

function toDoc(pool: CreditPool, state: CreditState): CreditStateDoc {
  const { atMs, left, lapsed, takenBack, owed, consumed, uncovered, used } = state;
  return {
    _id: keyOf(pool, dateOf(atMs)) as StateKey,
    left: amountsToDoc(left),
    lapsed: amountsToDoc(lapsed),
    ...(takenBack.size === 0 ? {} : { takenBack: amountsToDoc(takenBack) }),
    owedBy: profilesToDoc(owed),
    consumed: profilesToDoc(consumed),
    uncovered: decimalText(uncovered),
    used: decimalText(used),
  };
}

function fromDoc(doc: CreditStateDoc): CreditState | undefined {
  const { _id, left, lapsed, takenBack = [], owedBy, consumed, uncovered, used } = doc;
  if (owedBy === undefined || consumed === undefined) return undefined;
  return {
    atMs: msOf(_id.dayTime),
    left: amountsFromDoc(left),
    lapsed: amountsFromDoc(lapsed),
    takenBack: amountsFromDoc(takenBack),
    owed: profilesFromDoc(owedBy),
    consumed: profilesFromDoc(consumed),
    uncovered: decimal(uncovered),
    used: decimal(used),
  };
}

function profilesToDoc(amounts: ReadonlyMap<string, Decimal>): ProfileDoc[] {
  return [...amounts].map(([profile, amount]) => ({ profile, amount: decimalText(amount) }));
}

function profilesFromDoc(docs: readonly ProfileDoc[]): Map<string, Decimal> {
  return new Map(docs.map(({ profile, amount }) => [profile, decimal(amount)]));
}

function amountsToDoc(amounts: ReadonlyMap<CreditGrantId, Decimal>): AmountDoc[] {
  return [...amounts].map(([creditGrantId, amount]) => {
    return { creditGrantId, amount: decimalText(amount) };
  });
}

function amountsFromDoc(docs: readonly AmountDoc[]): Map<CreditGrantId, Decimal> {
  return new Map(
    docs.map(({ creditGrantId, amount }) => [creditGrantId as CreditGrantId, decimal(amount)]),
  );
}

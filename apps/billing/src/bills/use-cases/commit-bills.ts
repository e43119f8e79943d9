import { DomainError } from '@billingrails/errors';
import type { CreditGrantId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, inTransaction, type Mongo, type OutboxMessage } from '@billingrails/mongo';
import type { ClockStore } from '../../clocks/store/clocks';
import { useForBills, type BillTaking, type UseParts } from '../../credits/use-cases/use-for-bills';
import type { MissedChangeStore } from '../../late/store/missed-changes';
import type { Mark } from '../../late/domain/adjustment';
import type { MarkStore } from '../../late/store/marks';
import { firstOf } from '../../looks/domain/looks';
import type { DueOf } from '../../schedule/domain/due-of';
import type { DueStore, DueTimes } from '../../schedule/store/due';
import type { Claim } from '../../schedule/store/due-doc';
import { subscriptionChanged } from '../../subscriptions/contract/subscription-changed';
import { happenedBetween } from '../../subscriptions/domain/happened';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { Failure } from '../../usage/attempt';
import type { ProductStore } from '../../catalogue/store/products';
import { billCreated } from '../contract/bill-created';
import { productsOf, type ProductNames } from '../contract/bill-parts';
import { takenBy } from '../domain/credits/cover-bill';
import type { Bill } from '../domain/posted-bill';
import type { BillStore } from '../store/bills';
import type { BillResult } from './bill-result';
import { apart, unitsOf, type InvoiceUnit } from './invoice-units';

/** See `CloseOutcome`. */
export type Committed = 'billed' | 'overtaken' | 'waits' | 'outspent' | Failure;

/** Where bills are written. */
export interface CommitParts extends UseParts {
  readonly mongo: Mongo;
  readonly subscriptions: SubscriptionStore;
  readonly products: ProductStore;
  readonly bills: BillStore;
  readonly due: DueStore;
  readonly marks: MarkStore;
  readonly missedChanges: MissedChangeStore;
  readonly clocks: ClockStore;
}

/** Bills whose messages together are longer than this are not committed together, unless there is one. */
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * Writes bills of an organisation, their ledger entries and messages, progress and schedule: of each all or nothing, of
 * many in one transaction. Of a subscription that is not as it was read, nothing is written, nor of those that are to
 * be invoiced with it; the others go on.
 */
export async function commitBills(
  parts: CommitParts,
  organisationId: OrganisationId,
  results: readonly BillResult[],
  dueOf: DueOf,
): Promise<Map<Claim, Committed>> {
  const outcomes = new Map<Claim, Committed>();
  const names = await namesOf(parts, organisationId, results);
  const commit = async (units: readonly InvoiceUnit[]): Promise<void> => {
    const claims = units.flatMap((unit) => unit.results.map(({ claim }) => claim));
    try {
      const billed = await commitTogether(parts, organisationId, units, dueOf);
      for (const claim of claims)
        outcomes.set(claim, billed.has(claim.subscription.id) ? 'billed' : 'overtaken');
    } catch (failure) {
      if (failure instanceof Torn) {
        for (const { claim } of failure.unit.results)
          outcomes.set(claim, failure.going.has(claim.subscription.id) ? 'waits' : 'overtaken');
        return await commit(units.filter((unit) => unit !== failure.unit));
      }
      if (failure instanceof Outspent) {
        for (const { claim } of failure.unit.results) outcomes.set(claim, 'outspent');
        return await commit(units.filter((unit) => unit !== failure.unit));
      }
      // An outage, or too many others at work: the same for all. Else one of them cannot be written.
      if (claims.length === 1 || failure instanceof DomainError) {
        for (const claim of claims) outcomes.set(claim, { failure });
        return;
      }
      const [first] = units;
      const all = units.length === 1 && first ? apart(organisationId, first, names) : units;
      const half = Math.ceil(all.length / 2);
      await commit(all.slice(0, half));
      await commit(all.slice(half));
    }
  };
  for (const together of boundedBySize(unitsOf(organisationId, results, names)))
    await commit(together);
  return outcomes;
}

/** What the products are called that bills have lines of. */
async function namesOf(
  { products }: CommitParts,
  organisationId: OrganisationId,
  results: readonly BillResult[],
): Promise<ProductNames> {
  const ids = results.flatMap(({ made }) => (made === undefined ? [] : productsOf(made.bill)));
  if (ids.length === 0) return new Map();
  const found = await products.findMany(organisationId, ids);
  return new Map([...found].map(([id, { name }]) => [id, name]));
}

/** Of bills that are one invoice, some cannot be written as the subscription is not as it was read. */
class Torn extends Error {
  constructor(
    readonly unit: InvoiceUnit,
    readonly going: ReadonlySet<string>,
  ) {
    super('Bills of one invoice are written together.');
  }
}

/** A bill takes promotional credits that others have taken since it was computed. */
class Outspent extends Error {
  constructor(readonly unit: InvoiceUnit) {
    super('Credits are burned once.');
  }
}

/** The ids of the subscriptions that were as they had been read. */
function commitTogether(
  {
    mongo,
    subscriptions,
    products: _,
    bills,
    due,
    marks,
    missedChanges,
    clocks,
    ...credits
  }: CommitParts,
  organisationId: OrganisationId,
  units: readonly InvoiceUnit[],
  dueOf: DueOf,
): Promise<ReadonlySet<string>> {
  const results = units.flatMap((unit) => unit.results);
  const steps = results.map(({ claim, after }) => ({ read: claim.subscription, after }));
  return inTransaction(mongo, async (session) => {
    // The compare-and-set comes first, so that whoever is late writes nothing.
    const going = await subscriptions.advance(organisationId, steps, session);
    const isGoing = ({ claim }: BillResult): boolean => going.has(claim.subscription.id);
    const torn = units.find((unit) => unit.results.some(isGoing) && !unit.results.every(isGoing));
    if (torn !== undefined) throw new Torn(torn, going);
    const written = results.filter(isGoing);
    if (written.length === 0) return going;
    const made = written.flatMap((result) => result.made?.bill ?? []);
    if (made.length > 0) await bills.insert(organisationId, made, session);
    const takings = made.flatMap((bill) => takingOf(bill) ?? []);
    const outspent = await useForBills(credits, organisationId, takings, session);
    const unit = units.find(({ results: own }) =>
      own.some((each) => each.made?.bill.id === outspent),
    );
    if (outspent !== undefined && unit !== undefined) throw new Outspent(unit);
    const messages = units.flatMap((unit) => (unit.results.some(isGoing) ? unit.messages : []));
    const createMs = clocks.realMs();
    const changes = written.flatMap((result) => changesOf(organisationId, result, createMs));
    await addToOutbox(mongo.db, session, ...messages, ...changes);
    const looked = written.flatMap(({ claim: { subscription }, mark }) =>
      mark === undefined ? [] : [[subscription.id, mark] as const],
    );
    await marks.clear(organisationId, new Map(looked), session);
    const missed = written.flatMap(({ claim: { subscription }, missed: period }) =>
      period === undefined ? [] : [{ subscriptionId: subscription.id, period }],
    );
    await missedChanges.add(organisationId, dueOf.clock, missed, session);
    const ids = written.map(({ claim }) => claim.subscription.id);
    const left = await marks.findMany(organisationId, ids, session);
    const watched = written.filter(({ isWatched }) => isWatched);
    const lookCounts =
      watched.length === 0
        ? new Map<string, number>()
        : await due.lookCounts(organisationId, watched.map(idOf), session);
    const times = written.map((result) => {
      const id = idOf(result);
      return { id, times: timesOf(result, left.get(id), lookCounts.get(id), dueOf) };
    });
    await due.set(organisationId, times, session);
    return going;
  });
}

function idOf({ claim: { subscription } }: BillResult) {
  return subscription.id;
}

/** When it falls due next; at once where it was to be looked at while it was worked on. */
function timesOf(
  { claim: { subscription, lookCount }, next, graceMs, isWatched, presentMs }: BillResult,
  left: Mark | undefined,
  lookCountNow: number | undefined,
  dueOf: DueOf,
): DueTimes | undefined {
  const moment = next(left);
  if (moment === undefined) return undefined;
  if (!isWatched) return dueOf(moment, graceMs);
  // Whoever did not claim it cannot know what it was told before it was read: better one look too many.
  const isTold = lookCount === undefined || lookCountNow !== lookCount;
  const first = isTold ? firstOf(moment, presentMs) : moment;
  const { accountId: watchedAccountId } = subscription;
  return { ...dueOf(first, graceMs), watchedAccountId };
}

/** What is told of a subscription that goes on: what has taken effect of it, and its bill. */
function changesOf(
  organisationId: OrganisationId,
  { claim: { subscription: read }, after: subscription, made }: BillResult,
  createMs: number,
): OutboxMessage[] {
  const happened = happenedBetween(read, subscription.billed).map(
    ({ kind, ms: occurMs, occasion }) => {
      const of = { subscription, occasion, occurMs, createMs };
      return subscriptionChanged(organisationId, { type: `subscription.${kind}`, ...of });
    },
  );
  if (made === undefined) return happened;
  const { bill, isTest } = made;
  return [...happened, billCreated(organisationId, bill, { isTest, createMs })];
}

/** What a bill takes of promotional credits; undefined where it takes none and gives none back. */
function takingOf({
  id,
  payerId,
  currencyCode,
  dueMs,
  closeMs,
  entries,
}: Bill): BillTaking | undefined {
  const taken = new Map<CreditGrantId, bigint>();
  for (const entry of entries) {
    const own = takenBy(entry);
    if (own === undefined) continue;
    taken.set(own.creditGrantId, (taken.get(own.creditGrantId) ?? 0n) + own.minorUnits);
  }
  if (taken.size === 0) return undefined;
  return { billId: id, accountId: payerId, currencyCode, dueMs, createMs: closeMs, taken };
}

function boundedBySize(units: readonly InvoiceUnit[]): InvoiceUnit[][] {
  const groups: InvoiceUnit[][] = [];
  let bytes = 0;
  for (const unit of units) {
    const size = unit.messages.reduce((sum, { data }) => sum + data.byteLength, 0);
    const group = groups.at(-1);
    if (group === undefined || bytes + size > BYTES_MAX) {
      groups.push([unit]);
      bytes = 0;
    } else group.push(unit);
    bytes += size;
  }
  return groups;
}

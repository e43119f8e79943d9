import { unavailable } from '@billingrails/errors';
import type { FeatureId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { backOffMs, rest } from '@billingrails/waits';
import type { ServiceParts } from '../../service-parts';
import { decideAccess, type AccessDecision } from '../domain/access-decision';
import { withinBudgets } from '../domain/budget-stop';
import { stillOpen, type Holds } from '../domain/holds';
import type { HoldsKey } from '../store/holds';
import {
  grantedTo,
  meteredUse,
  presentAccount,
  presentOf,
  usedOf,
  type MeteredUse,
} from './access-reading';

/** Who asks to use what. */
export interface AccessQuestion {
  readonly accountId: string;
  readonly features: readonly FeatureQuestion[];
  /** From an ingest answer: its events are counted first. Empty: whatever is counted. */
  readonly consistencyToken: string;
}

/** Which feature, and by how much what is used of it is about to rise; unset: by anything. */
export interface FeatureQuestion {
  readonly code: string;
  readonly quantity: Decimal | undefined;
}

const RETRY = { firstMs: 2, maxMs: 50, factor: 2 };
/** How often reservations may change under a question before it is given up. */
const ATTEMPTS_MAX = 20;

/**
 * Answers whether an account may use features now, in the order asked. Throws a DomainError: of kind not_found when
 * there is no such account or feature, unavailable when its usage cannot be read, or only in part, just now.
 */
export async function checkAccess(
  parts: ServiceParts,
  organisationId: OrganisationId,
  question: AccessQuestion,
  signal: AbortSignal | undefined,
): Promise<AccessDecision[]> {
  const { consistencyToken } = question;
  const codes = question.features.map(({ code }) => code);
  const asked = await parts.knownAccounts.features(organisationId, codes);
  const features = [...new Set(asked)];
  return parts.knownAccounts.use(organisationId, question.accountId, async (known) => {
    const now = await presentOf(parts, known);
    const { nowMs } = now;
    const present = presentAccount(known, now);
    const granted = grantedTo(present, features);
    const { accountId, reserved } = known;
    const keys = features
      .filter(({ id, kind }) => kind === 'metered' && reserved.has(id))
      .map(({ id: featureId }): HoldsKey => ({ organisationId, accountId, featureId }));
    const first = await parts.holds.findMany(keys);
    const [metered, holds] = await exactly(parts, keys, first, (before) =>
      meteredUse(parts, present, { features, granted, holds: before, consistencyToken, signal }),
    );
    return asked.map((feature, index) => {
      const used = usedOf(feature, granted, metered, holds.get(feature.id), nowMs);
      const decision = decideAccess(feature.kind, used, question.features[index]?.quantity);
      return withinBudgets(decision, feature.kind, known.accessStops, nowMs);
    });
  });
}

/**
 * What is metered, and what was held at that moment. What was reserved before and after metering answered was reserved
 * at that moment; what has ended in between may be in the answer already, so it is asked again.
 */
async function exactly(
  { holds }: ServiceParts,
  keys: readonly HoldsKey[],
  first: ReadonlyMap<FeatureId, Holds>,
  read: (holds: ReadonlyMap<FeatureId, Holds>) => Promise<MeteredUse>,
): Promise<[MeteredUse, ReadonlyMap<FeatureId, Holds>]> {
  let before = first;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const metered = await read(before);
    const reserved = keys.filter(({ featureId }) => before.get(featureId)?.open.length);
    const after = await holds.findMany(reserved);
    const isExact = reserved.every(({ featureId: id }) => {
      const held = before.get(id);
      return held === undefined || stillOpen(held, after.get(id));
    });
    if (isExact) return [metered, before];
    await rest(backOffMs(RETRY, attempt));
    before = await holds.findMany(keys);
  }
  throw unavailable('RESERVATIONS_BUSY', 'Reservations change faster than usage is read.', 100);
}

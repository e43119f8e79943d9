import { notFound, unavailable } from '@billingrails/errors';
import type { FeatureId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { backOffMs, rest } from '@billingrails/waits';
import type { ServiceParts } from '../../service-parts';
import { decideAccess, type AccessDecision } from '../domain/access-decision';
import type { Feature } from '../domain/feature';
import { stillOpen, type Holds } from '../domain/holds';
import type { HoldsKey } from '../store/holds';
import { grantedTo, meteredUse, presentAccount, usedOf, type MeteredUse } from './access-reading';

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
  signal: AbortSignal,
): Promise<AccessDecision[]> {
  const { consistencyToken } = question;
  const codes = [...new Set(question.features.map(({ code }) => code))];
  const [{ account, features }, present] = await Promise.all([
    named(parts, organisationId, question.accountId, codes),
    presentAccount(parts, organisationId, question.accountId as HoldsKey['accountId']),
  ]);
  const keys = features
    .filter(({ kind }) => kind === 'metered')
    .map(({ id: featureId }): HoldsKey => ({ organisationId, accountId: account.id, featureId }));
  const [granted, first] = await Promise.all([
    grantedTo(parts, present, features),
    parts.holds.findMany(keys),
  ]);
  const [metered, holds] = await exactly(parts, keys, first, (before) =>
    meteredUse(parts, present, { features, granted, holds: before, consistencyToken, signal }),
  );
  return question.features.map(({ code, quantity }) => {
    const feature = featureOf(features, code);
    const allowances = granted.get(feature.id) ?? [];
    const held = holds.get(feature.id);
    const used = usedOf(feature, allowances, metered, held, present.nowMs);
    return decideAccess(feature.kind, used, quantity);
  });
}

/** The account and the features of these codes. Throws a DomainError of kind not_found for what does not exist. */
export async function named(
  { accounts, features }: ServiceParts,
  organisationId: OrganisationId,
  accountId: string,
  codes: readonly string[],
) {
  const [account, found] = await Promise.all([
    accounts.find(organisationId, accountId),
    features.findByCodes(organisationId, codes),
  ]);
  if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  for (const code of codes) featureOf(found, code);
  return { account, features: found };
}

function featureOf(features: readonly Feature[], wanted: string): Feature {
  const feature = features.find(({ code }) => code === wanted);
  if (feature === undefined)
    throw notFound('FEATURE_NOT_FOUND', `There is no feature of the code "${wanted}".`);
  return feature;
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

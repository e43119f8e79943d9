import type { AccountId, CreditUnitId, FeatureId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { MeterProfile } from '../../catalogue/domain/fee';
import { availableFor, burnDown, spansOf } from '../../credits/domain/burn-down';
import { rateOf, type CreditUnit } from '../../credits/domain/credit-unit';
import { consumption } from '../../credits/use-cases/consumption';
import { grantDue } from '../../recurring-credits/use-cases/grant-due';
import type { ServiceParts } from '../../service-parts';
import type { CreditsLeft } from '../domain/access-decision';
import { heldIn, type Holds, type KnownEvents } from '../domain/holds';

/** Which credits a feature needs. */
export interface NeededCredits {
  readonly featureId: FeatureId;
  readonly meterProfile: MeterProfile;
  readonly units: readonly CreditUnit[];
  /** Of the events that reservations of the feature were settled with. */
  readonly keys: readonly string[];
}

/** What usage has left of the credits that a feature needs, by unit. */
export type MeteredCredits = ReadonlyMap<CreditUnitId, MeteredUnit>;

interface MeteredUnit extends CreditsLeft {
  /** The events that are in the usage. */
  readonly known: KnownEvents;
}

/** Whose credits, as of when. */
interface CreditOwner {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly nowMs: number;
}

/**
 * What usage has left of the credits that features need, by feature: what is granted by now, burned by the usage up to
 * the present. Throws a DomainError of kind unavailable where usage cannot be read, or only in part.
 */
export async function meteredCredits(
  parts: ServiceParts,
  { organisationId, accountId, nowMs }: CreditOwner,
  needed: readonly NeededCredits[],
  asked: { readonly consistencyToken: string; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<FeatureId, MeteredCredits>> {
  if (needed.length === 0) return new Map();
  const { creditGrants, metering } = parts;
  const { consistencyToken, signal } = asked;
  await grantDue(parts, organisationId, { nowMs, accountId });
  const consumer = { organisationId, accountId, consistencyToken, ...(signal && { signal }) };
  const left = async (unit: CreditUnit, { meterProfile, keys }: NeededCredits) => {
    const grants = await creditGrants.ofAccount(organisationId, accountId, unit.id);
    const { rates, overage } = unit;
    const { spans, known } = await consumption(
      ...([metering, rates, spansOf(grants, nowMs), consumer, keys] as const),
    );
    const balance = burnDown(grants, spans, overage, nowMs);
    const available = availableFor(balance, meterProfile);
    return [unit.id, { available, rate: rateOf(unit, meterProfile) ?? ZERO, known }] as const;
  };
  const byFeature = needed.map(async (each) => {
    const units = await Promise.all(each.units.map((unit) => left(unit, each)));
    return [each.featureId, new Map(units)] as const;
  });
  return new Map(await Promise.all(byFeature));
}

/** The credits of each unit, less those that what is held will burn: what was settled until its event is counted. */
export function creditsLeft(
  metered: MeteredCredits | undefined,
  holds: Holds,
  nowMs: number,
): ReadonlyMap<CreditUnitId, CreditsLeft> {
  const always = { startMs: -Infinity, endMs: Infinity };
  const periods = { period: always, usedPeriod: { ...always, endMs: nowMs }, nowMs };
  return new Map(
    [...(metered ?? [])].map(([id, { available, rate, known }]) => {
      const { held } = heldIn(holds, known, periods);
      return [id, { rate, available: available.sub(held.mul(rate)) }];
    }),
  );
}

const ZERO: Decimal = decimal(0n);

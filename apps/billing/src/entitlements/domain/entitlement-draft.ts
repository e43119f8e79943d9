import type { Violation } from '@billingrails/errors';
import { cycleRuleViolations, isTimeZone } from '@billingrails/time';
import { instantViolations } from '../../clocks/domain/instant';
import type { Entitlement, Feature, FeatureKind, Grantee, UsageReset } from './feature';

/** What is granted, as it was asked for. */
export interface EntitlementDraft extends Pick<
  Entitlement,
  'limit' | 'grace' | 'rollover' | 'value' | 'endMs' | 'isSoft'
> {
  readonly featureId: string;
  readonly grantee: { readonly kind: Grantee['kind']; readonly id: string };
  /** Unset: it needs no credits. */
  readonly creditUnitId?: string;
  /** Unset: as `defaultReset` says. */
  readonly reset?: UsageReset;
  /** Unset: the organisation's present. */
  readonly startMs?: number;
}

/** What a feature to be created has wrong. */
export function featureViolations(kind: FeatureKind, isMetered: boolean): Violation[] {
  if (kind === 'metered' && !isMetered)
    return [{ field: 'meter_profile', description: 'is required: the feature is metered' }];
  if (kind !== 'metered' && isMetered)
    return [
      { field: 'meter_profile', description: 'must be left out: the feature is not metered' },
    ];
  return [];
}

/** When usage starts again where nothing is said of it: what has no billing cycle goes on for ever. */
export function defaultReset(grantee: Grantee['kind']): UsageReset {
  return grantee === 'account' ? { kind: 'never' } : { kind: 'billing_cycle' };
}

/** All that is wrong with a grant of the feature from `startMs` on. */
export function entitlementViolations(
  { kind }: Pick<Feature, 'kind'>,
  draft: EntitlementDraft,
  startMs: number,
): Violation[] {
  const { limit, grace, isSoft, reset, value, endMs } = draft;
  const unmetered = 'must be left out: the feature is not metered';
  const violations: Violation[] = [];
  const refuse = (field: string, isWrong: boolean, description: string) => {
    if (isWrong) violations.push({ field, description });
  };
  if (kind === 'metered') {
    refuse('limit_kind', isSoft && limit === undefined, 'must be left out: there is no limit');
    refuse(
      'grace',
      grace !== undefined && limit === undefined,
      'must be left out: there is no limit',
    );
    refuse(
      'grace',
      grace !== undefined && isSoft,
      'must be left out: a soft limit allows everything',
    );
    violations.push(...resetViolations(reset), ...rolloverViolations(draft));
  } else {
    refuse('limit', limit !== undefined, unmetered);
    refuse('limit_kind', isSoft, unmetered);
    refuse('grace', grace !== undefined, unmetered);
    refuse('reset', reset !== undefined, unmetered);
    refuse('rollover_periods', draft.rollover !== undefined, unmetered);
    refuse('credit_unit_id', draft.creditUnitId !== undefined, unmetered);
  }
  refuse('value', kind === 'static' && value === undefined, 'is required: the feature is static');
  refuse(
    'value',
    kind !== 'static' && value !== undefined,
    'must be left out: the feature is not static',
  );
  violations.push(...instantViolations(startMs, 'start_time'));
  if (endMs !== undefined) {
    violations.push(...instantViolations(endMs, 'end_time'));
    refuse('end_time', endMs <= startMs, 'must be after start_time');
  }
  return violations;
}

function rolloverViolations(draft: EntitlementDraft): Violation[] {
  const { rollover, limit, grantee, reset = defaultReset(grantee.kind) } = draft;
  if (rollover === undefined) return [];
  const refuse = (field: string, description: string) => [{ field, description }];
  if (rollover.periods === 0) {
    const description = 'must be left out: rollover_periods says that nothing rolls over';
    return refuse('rollover_maximum', description);
  }
  if (limit === undefined) return refuse('rollover_periods', 'must be left out: there is no limit');
  if (reset.kind !== 'never') return [];
  return refuse('rollover_periods', 'must be left out: what was used never starts again');
}

function resetViolations(reset: UsageReset | undefined): Violation[] {
  if (reset?.kind !== 'interval') return [];
  const path = 'reset.interval';
  const { rule, timeZone } = reset;
  const isZone = timeZone === undefined || isTimeZone(timeZone);
  return [
    ...cycleRuleViolations(rule, path),
    ...(isZone
      ? []
      : [{ field: `${path}.time_zone`, description: 'is not the IANA name of a time zone' }]),
  ];
}

/** Whether both are granted at any one time. */
export function overlap(
  a: Pick<Entitlement, 'startMs' | 'endMs'>,
  b: Pick<Entitlement, 'startMs' | 'endMs'>,
): boolean {
  return a.startMs < (b.endMs ?? Infinity) && b.startMs < (a.endMs ?? Infinity);
}

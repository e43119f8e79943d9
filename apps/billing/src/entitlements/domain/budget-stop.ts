import type { AccessStop } from '../../accounts/domain/account';
import type { AccessDecision } from './access-decision';
import type { FeatureKind } from './feature';

/**
 * The decision with what budgets say: while one of the account is reached, until its period ends, metered features are
 * denied that would be allowed. Others cost nothing by the use.
 */
export function withinBudgets(
  decision: AccessDecision,
  kind: FeatureKind,
  stops: readonly AccessStop[] | undefined,
  nowMs: number,
): AccessDecision {
  if (stops === undefined || kind !== 'metered' || !decision.allowed) return decision;
  const stop = stops.find(({ untilMs }) => nowMs < untilMs);
  if (stop === undefined) return decision;
  const explanation = `The budget "${stop.alertName}" (${stop.alertId}) is reached.`;
  return { ...decision, allowed: false, reason: 'budget_reached', explanation };
}

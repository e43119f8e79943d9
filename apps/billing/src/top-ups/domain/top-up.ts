import type { ChargeId, CreditGrantId, TopUpId, TopUpRuleId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';

/** Something that a rule has bought. */
export interface TopUp {
  /** Derived from the rule and the number. */
  readonly id: TopUpId;
  readonly ruleId: TopUpRuleId;
  /** From 1 without gaps for the rule. */
  readonly number: number;
  /** By the organisation's clock. */
  readonly ms: number;
  /** What could be burned just before. */
  readonly available: Decimal;
  readonly amount: Decimal;
  /** In major units, before tax. */
  readonly price: Decimal;
  readonly chargeId: ChargeId;
  readonly creditGrantId: CreditGrantId;
}

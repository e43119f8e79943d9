import type { AppliedRate } from '../../totals/domain/assess-invoice';
import type { Address, TaxId } from '../../totals/domain/assessment';

/** What a calculation service is asked: which rates hold for what an account is charged. */
export interface RatesQuestion {
  /** ISO 4217. */
  readonly currencyCode: string;
  /** The date of the invoice. */
  readonly atMs: number;
  /** Where the customer is. */
  readonly place: Address;
  readonly taxIds: readonly TaxId[];
  /** What is charged of each category of supplies, each once, and whether it includes its taxes. */
  readonly supplies: readonly QuestionedSupply[];
}

export interface QuestionedSupply {
  /** Empty: the service's usual one. */
  readonly category: string;
  readonly included: boolean;
  /** In minor units, above 0; of lines that credit without their sign. */
  readonly amount: bigint;
}

/**
 * A service that knows which taxes are owed where. It is asked for rates, and the amounts are computed here: so lines
 * that credit, roundings and parts are as with the organisation's own table.
 */
export interface TaxCalculator {
  /**
   * The rates of each supply, in their order; the same rate is the same object on all of them. Throws DomainError
   * unavailable where there is no answer, or none that can be applied: then the invoice waits.
   */
  ratesOf(question: RatesQuestion): Promise<readonly (readonly AppliedRate[])[]>;
}

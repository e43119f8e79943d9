import type { AccountId } from '@billingrails/ids';
import type { Branding } from '../../branding/domain/branding';
import type { Logo } from '../../branding/domain/logo';
import type { Party } from '../../totals/domain/assessment';
import type { AccountEntry } from './account-entry';

/** What an account owed, what changed that in a span, and what it owes then. */
export interface Statement {
  readonly accountId: AccountId;
  /** As on the newest invoice; empty where there is none. */
  readonly accountName: string;
  readonly customer?: Party;
  readonly seller?: Party;
  readonly branding?: Branding;
  readonly logo?: Logo;
  readonly currencyCode: string;
  /** Whose days it shows. */
  readonly timeZone: string;
  /** Unset: from the beginning. */
  readonly fromMs?: number;
  /** The end is outside; at most the present. */
  readonly untilMs: number;
  /** What was owed before the entries, in minor units. */
  readonly opening: bigint;
  /** In the order of their times. */
  readonly entries: readonly AccountEntry[];
}

import type { AccountId, FeeId, MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { OUTBOX_DATA_BYTES_MAX } from '@billingrails/mongo';
import type { Price } from '@billingrails/rating';
import { closePeriod, profileKey } from '../domain/close-period';
import { FEES_MAX, TIERS_MAX, type Fee } from '../domain/fee';
import { periodClosedBytes } from './billing-period';

const longest = `${'9'.repeat(20)}.${'9'.repeat(18)}`;
const name = '\u{1F600}'.repeat(128);
const unit = '\u{1F600}'.repeat(64);

/** As many fees, tiers, characters and digits as a plan or a subscription may hold. */
function fullList(owner: string): Fee[] {
  const wide = Math.floor((TIERS_MAX - FEES_MAX) / 49);
  return Array.from({ length: FEES_MAX }, (_, index) => {
    const last = index < wide ? 49 : 0;
    const tiers = Array.from({ length: last + 1 }, (__, tier) => ({
      ...(tier < last ? { upTo: decimal(`${10n ** 19n + BigInt(tier)}.${'1'.repeat(18)}`) } : {}),
      unitAmount: decimal(longest),
      flatAmount: decimal(longest),
    }));
    const price: Price = { kind: 'graduated', tiers };
    const meterProfile = {
      meterId: `mtr_${'7'.repeat(26)}` as MeterId,
      profile: `p${owner}${index}`.padEnd(64, 'p'),
    };
    return {
      id: `fee_${owner}${String(index).padEnd(25, '0')}` as FeeId,
      name,
      price,
      meterProfile,
      unit,
      createMs: 0,
    };
  });
}

test('the fullest period that fees and tiers allow still fits into one message of the bus', () => {
  const [planFees, ownFees] = [fullList('a'), fullList('b')];
  const quantity = decimal(`${'9'.repeat(34)}.${'9'.repeat(18)}`);
  const usage = { quantity, eventCount: 2n ** 62n };
  const closed = closePeriod({
    organisationId: 'org_1',
    subscription: {
      id: 'sub_1',
      accountId: 'a'.repeat(128) as AccountId,
      planId: 'plan_1',
      startMs: 0,
      timeZone: 'UTC',
      fees: ownFees,
      cycle: 0,
      createMs: 0,
    },
    plan: { id: 'plan_1', name, currencyCode: 'USD', fees: planFees, createMs: 0 },
    usages: new Map(
      [...planFees, ...ownFees].flatMap(({ meterProfile }) =>
        meterProfile ? [[profileKey(meterProfile), usage]] : [],
      ),
    ),
    closeMs: Date.UTC(2000, 0),
  });
  expect(closed.charges).toHaveLength(2 * FEES_MAX);
  const bytes = periodClosedBytes('org_1', closed, { accountName: name, planName: name });
  expect(bytes.byteLength).toBeLessThanOrEqual(OUTBOX_DATA_BYTES_MAX);
  // Full indeed: twice as much would not fit.
  expect(bytes.byteLength).toBeGreaterThan(OUTBOX_DATA_BYTES_MAX / 2);
});

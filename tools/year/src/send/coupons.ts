import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

/** Redeems the coupons of a step, for invoices that are dated after it. */
export async function redeemCoupons(
  { coupons }: Clients,
  { invoicing }: History,
  step: number,
): Promise<void> {
  for (const [place, redemption] of (invoicing?.redemptions ?? []).entries()) {
    if (redemption.step !== step) continue;
    const { account: accountId, code, fromMs } = redemption;
    const request = { accountId, code, startTime: timestampFromMs(fromMs) };
    await steadily(() => coupons.redeemCoupon({ ...request, requestId: `redeem-${place}` }));
  }
}

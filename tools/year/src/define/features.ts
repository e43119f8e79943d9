import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { profileOf } from './meters';
import type { PlanVersion } from './plans';

/** Creates the metered features that plans grant. */
export async function defineFeatures(
  clients: Clients,
  { features = [] }: History,
  meters: ReadonlyMap<string, string>,
  plans: ReadonlyMap<string, PlanVersion>,
): Promise<void> {
  for (const { code, usage, plan, limit, grace = '', ...rollover } of features) {
    const meterProfile = { meterId: meters.get(usage.event) ?? '', profile: profileOf(usage) };
    const draft = { code, name: code, meterProfile, requestId: code };
    const { feature } = await steadily(() => clients.features.createFeature(draft));
    const grantee = { case: 'planId' as const, value: plans.get(plan)?.planId ?? '' };
    const request = {
      ...{ featureId: feature?.id ?? '', grantee, limit, grace, requestId: code },
      rolloverPeriods: rollover.rolloverPeriods,
      rolloverMaximum: rollover.rolloverMaximum ?? '',
    };
    await steadily(() => clients.entitlements.createEntitlement(request));
  }
}

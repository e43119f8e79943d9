import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Webhook } from 'standardwebhooks';
import { closeMonth, collectInvoices } from '@billingrails/demo/collect';
import { define as defineScenario, subscribe } from '@billingrails/demo/define';
import type { Scenario } from '@billingrails/demo/scenario';
import type { Clients } from '@billingrails/stack/clients';

/** What a program is told to do, and what the month needs to be closed. */
export interface Suite {
  readonly task: {
    readonly half: number;
    readonly start_time: string;
    readonly end_time: string;
    readonly usage: readonly { readonly meter_id: string; readonly profile: string }[];
    readonly access: { readonly account_id: string; readonly feature_code: string };
    readonly unknown_meter_id: string;
    readonly webhook: {
      readonly secret: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
  };
  /** Resolves when the month of the scenario is over and every account has its invoice. */
  readonly closeMonth: () => Promise<void>;
}

export const WEBHOOK_EVENT_ID = 'evt_01jdpfxhz4e9sszq8kx0rzf5yd';
const LIMIT = '1000000000000';

/** Creates what the scenario needs, subscribes its accounts, and grants the first of them a feature. */
export async function define(clients: Clients, scenario: Scenario): Promise<Suite> {
  const { meters, planId } = await defineScenario(clients, scenario);
  await subscribe(clients, scenario, planId);
  const [account] = scenario.accounts;
  const [meter] = meters;
  if (account === undefined || meter === undefined) throw new Error('The scenario has no meter.');
  const { feature } = await clients.features.createFeature({
    ...{ code: 'metered', name: 'Metered', requestId: 'conformance-feature' },
    meterProfile: { meterId: meter.id, profile: meter.profiles[0]?.code ?? '' },
  });
  await clients.entitlements.createEntitlement({
    ...{ featureId: feature?.id ?? '', limit: LIMIT, requestId: 'conformance-limit' },
    grantee: { case: 'accountId', value: account.id },
    startTime: timestampFromMs(scenario.month.startMs),
  });
  return {
    task: {
      half: Math.floor(scenario.eventCount / 2),
      start_time: new Date(scenario.month.startMs).toISOString(),
      end_time: new Date(scenario.month.endMs).toISOString(),
      usage: meters.flatMap(({ id, profiles }) =>
        profiles.map(({ code }) => ({ meter_id: id, profile: code })),
      ),
      access: { account_id: account.id, feature_code: 'metered' },
      unknown_meter_id: 'mtr_01jdpfxhz4e9sszq8kx0rzf5yd',
      webhook: signedWebhook(),
    },
    closeMonth: async () => {
      await closeMonth(clients, scenario);
      await collectInvoices(clients, scenario);
    },
  };
}

/** As the service of webhooks posts it, now. */
function signedWebhook(): Suite['task']['webhook'] {
  const secret = `whsec_${Buffer.from('the conformance suite').toString('base64')}`;
  const body = JSON.stringify({ id: WEBHOOK_EVENT_ID, type: 'webhook_endpoint.test' });
  const sentAt = new Date();
  const headers = {
    'webhook-id': WEBHOOK_EVENT_ID,
    'webhook-timestamp': `${Math.floor(sentAt.getTime() / 1_000)}`,
    'webhook-signature': new Webhook(secret).sign(WEBHOOK_EVENT_ID, sentAt, body),
  };
  return { secret, headers, body };
}

import type { JsonAnswer } from '../json-call';

/** What the first organisation makes, by the prefix of its ids. */
const PREFIXES = {
  meter: 'mtr',
  plan: 'plan',
  product: 'prod',
  fee: 'fee',
  subscription: 'sub',
  feature: 'feat',
  entitlement: 'ent',
  unit: 'cun',
  grant: 'cgr',
  recurring: 'rcg',
  topUpRule: 'tur',
  reservation: 'rsv',
  taxRate: 'txr',
  coupon: 'cpn',
  redemption: 'cpr',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  alert: 'alr',
  bill: 'bill',
  payment: 'pmt',
  creditNote: 'crn',
  logo: 'logo',
  apiKey: 'key',
  auditRecord: 'aud',
} as const;

/** What is found in answers in ways of its own. */
const OTHERS = ['spareWebhookEndpoint', 'invoice', 'line', 'reissued', 'setup'] as const;

/** What the first organisation has made so far: the ids of its things, by kind; empty before there are any. */
export type World = Record<keyof typeof PREFIXES | (typeof OTHERS)[number], string>;

/**
 * A request by RPC, in an order in which each finds what it needs. `label` goes into every text the caller is free to
 * choose.
 */
export type Requests = Readonly<Record<string, (world: World, label: string) => object>>;

export const MONTH_START = '2023-10-01T00:00:00Z';
export const MONTH_END = '2023-11-01T00:00:00Z';
export const ACCOUNT_ID = 'acct_1';
/** A test account, which is there before all others. */
export const TEST_ACCOUNT_ID = 'acct_test';

/** Before anything is made. */
export function emptyWorld(): World {
  const kinds = [...Object.keys(PREFIXES), ...OTHERS];
  return Object.fromEntries(kinds.map((kind) => [kind, ''])) as World;
}

/** Keeps of each kind the first that an answer tells. */
export function remember(world: World, { text, body }: JsonAnswer): void {
  // Of several invoices one that asks for something, so that it can be paid.
  const { invoices = [] } = body as {
    invoices?: { id: string; amount_due?: { amount: string }; lines: { id: string }[] }[];
  };
  const asking = invoices.find((invoice) => Number(invoice.amount_due?.amount) > 0);
  world.invoice ||= asking?.id ?? '';
  world.line ||= asking?.lines[0]?.id ?? '';
  for (const [kind, prefix] of Object.entries(PREFIXES) as [keyof World, string][])
    world[kind] ||= new RegExp(`"id": ?"(${prefix}_[^"]+)"`).exec(text)?.[1] ?? '';
  world.setup ||= /"setup_id": ?"([^"]+)"/.exec(text)?.[1] ?? '';
  world.reissued ||= /"draft": ?\{\s*"id": ?"(inv_[^"]+)"/.exec(text)?.[1] ?? '';
}

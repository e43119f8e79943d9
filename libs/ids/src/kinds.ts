import { parseId } from './id';

/** What the ids of each prefix name. */
const nouns = {
  org: 'an organisation',
  mtr: 'a meter',
  mpf: 'a meter profile',
  prod: 'a product',
  plan: 'a plan',
  fee: 'a fee',
  sub: 'a subscription',
  dsc: 'a discount',
  chg: 'a charge',
  bill: 'a bill',
  jnt: 'bills that are invoiced together',
  inv: 'an invoice',
  line: 'an invoice line',
  txr: 'a tax rate',
  cpn: 'a coupon',
  cpr: 'a coupon redemption',
  pmt: 'a payment',
  pat: 'a payment attempt',
  rfd: 'a refund',
  crn: 'a credit note',
  logo: 'a logo',
  feat: 'a feature',
  ent: 'an entitlement',
  cun: 'a credit unit',
  cgr: 'a credit grant',
  rcg: 'a recurring credit grant',
  tur: 'a top-up rule',
  tup: 'a top-up',
  rsv: 'a reservation',
  alr: 'an alert',
  aev: 'an alert event',
  evt: 'an event of a change',
  whe: 'a webhook endpoint',
  whd: 'a webhook delivery',
  key: 'an API key',
  aud: 'an audit record',
} as const;

export type IdPrefix = keyof typeof nouns;

const prefixes = Object.keys(nouns) as IdPrefix[];

/** Fields of the contracts that hold an id are named for what it names: `bill_id`. */
const prefixByField = new Map(
  prefixes.map((prefix) => [
    `${nouns[prefix].replace(/^an? /, '').replace(/[ -]/g, '_')}_id`,
    prefix,
  ]),
);

/** The prefix of the ids that a field of that name holds; undefined when it holds none of ours. */
export function prefixOfField(field: string): IdPrefix | undefined {
  return prefixByField.get(field);
}

/** Why a text is taken for no id of that kind; undefined when it has the right prefix. */
export function idProblem(prefix: IdPrefix, text: string): string | undefined {
  if (text.startsWith(`${prefix}_`)) return undefined;
  const expected = `expects "${prefix}_…", the id of ${nouns[prefix]}`;
  const other = prefixes.find((each) => parseId(each, text) !== undefined);
  return other === undefined
    ? `${expected}, not its name or code`
    : `${expected}, is the id of ${nouns[other]}`;
}

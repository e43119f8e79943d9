/** How a collection that grows is spread over shards. */
export interface ShardedCollection {
  readonly database: 'metering' | 'billing' | 'invoicing' | 'webhooks' | 'access';
  readonly collection: string;
  /**
   * In order; always begins with the organisation and, where there is one, the account, or is the document's own key.
   */
  readonly key: Readonly<Record<string, 1 | 'hashed'>>;
  /** How a split point for an organisation and account reads; the fields after it are the least there are. */
  readonly splitAt?: (organisationId: string, accountId: string) => Record<string, string>;
  /** Why this key. */
  readonly because: string;
}

/** Buckets and the like are written by `_id` alone, which is the fastest there is, so that is what routes them. */
const byOwnKey = {
  key: { _id: 1 },
  splitAt: (organisationId: string, accountId: string) => ({
    _id: `${organisationId}/${accountId}/`,
  }),
  because: 'written by _id, which begins with organisation and account',
} as const;

/** The collections that grow with usage or with invoices. */
export const SHARDED: readonly ShardedCollection[] = [
  {
    database: 'metering',
    collection: 'event_keys',
    key: { _id: 'hashed' },
    because: 'a key is unique in its organisation, whatever the account; looked up by _id alone',
  },
  {
    database: 'metering',
    collection: 'segments',
    key: { o: 1, a: 1, en: 1, lt: 1 },
    splitAt: (o, a) => ({ o, a }),
    because: 'read by account, name and time; a large account is split by name and time',
  },
  { database: 'metering', collection: 'usage_days', ...byOwnKey },
  {
    database: 'metering',
    collection: 'usage_additions',
    key: { pt: 1 },
    because: 'written, read and taken away by partition; kept for seconds',
  },
  { database: 'metering', collection: 'unique_days', ...byOwnKey },
  { database: 'metering', collection: 'unique_values', ...byOwnKey },
  { database: 'metering', collection: 'unique_counters', ...byOwnKey },
  {
    database: 'metering',
    collection: 'event_counts',
    key: { _id: 1 },
    because:
      'written by _id, which begins with the organisation; an organisation has about 400 a day',
  },
  {
    database: 'metering',
    collection: 'corrections',
    key: { _id: 1 },
    because: 'applied once by _id: organisation and correction',
  },
  {
    database: 'metering',
    collection: 'conflicts',
    key: { organisationId: 1, accountId: 1, key: 1 },
    splitAt: (organisationId, accountId) => ({ organisationId, accountId }),
    because: 'listed by organisation, account and key; only ever inserted',
  },
  {
    database: 'billing',
    collection: 'bills',
    key: { '_id.organisationId': 1, id: 1 },
    because:
      'the unique index; id follows from subscription and number, so a cycle is still billed once',
  },
  {
    database: 'billing',
    collection: 'ledger',
    key: { '_id.organisationId': 1, subscriptionId: 1 },
    because: 'read by subscription and cycle; only ever inserted',
  },
  {
    database: 'invoicing',
    collection: 'invoices',
    key: { organisationId: 1 },
    because: 'numbers are unique in the organisation, so its invoices stay together',
  },
  ...(
    [
      ...(['receivables', 'payments', 'credit_notes', 'refunds'] as const),
      ...(['invoice_collections', 'payment_attempts'] as const),
    ] as const
  ).map((collection) => ({
    ...{ database: 'invoicing' as const, collection, key: { organisationId: 1 as const } },
    because: 'written with invoices of the organisation, and listed beside them',
  })),
  {
    database: 'invoicing',
    collection: 'account_entries',
    key: { organisationId: 1, accountId: 1 },
    splitAt: (organisationId, accountId) => ({ organisationId, accountId }),
    because: 'read by account, in the order of its statement; only ever inserted',
  },
  ...(['events', 'deliveries'] as const).map((collection) => ({
    ...{ database: 'webhooks' as const, collection, key: { organisationId: 1 as const } },
    because: 'queued for the endpoints of an organisation in one transaction; kept for 30 days',
  })),
  {
    database: 'access',
    collection: 'audit_records',
    key: { organisationId: 1, sequence: 1 },
    splitAt: (organisationId) => ({ organisationId }),
    because: 'read in the order of an organisation’s chain; only ever inserted, and kept for good',
  },
];

/** The collections that stay on their database's first shard, and why they may. */
export const UNSHARDED: Readonly<Record<ShardedCollection['database'], readonly string[]>> = {
  // One document a partition, meter, replica, mapping, backfill or day that is counted again; changes last until they
  // are told, a second; quarantine is empty on a good day; requests last 30 days.
  metering: [
    ...['partitions', 'replicas', 'purge_marks', 'meters', 'definitions', 'backfills'],
    ...['recounts', 'usage_changes', 'past_marks'],
    ...['event_names', 'raw_horizon', 'quarantine', 'requests', 'leases', 'outbox'],
  ],
  // They grow with customers, not with usage; entries of credits by a few a day of an account that has some.
  // Reservations last 30 days.
  billing: [
    ...['accounts', 'plans', 'plan_versions', 'subscriptions', 'due', 'features', 'products'],
    ...[
      'entitlements',
      'clocks',
      'usage_marks',
      'missed_changes',
      'billing_settings',
      'credit_units',
      'credit_grants',
      'credit_pools',
      'credit_entries',
      'credit_uses',
      'reservations',
      'holds',
      'access_versions',
      'alert_events',
      'alert_states',
      'alerts',
      'credit_due',
      'credit_states',
      'recurring_credit_grants',
      'top_up_rules',
      'top_ups',
      'requests',
      'leases',
      'outbox',
    ],
  ],
  // Parts of bills are kept until the others come. Settings, rates, coupons, balances and customers of the payment
  // provider grow with customers. Its events last 35 days.
  invoicing: [
    ...['invoice_numbers', 'bill_parts', 'quarantine', 'requests', 'leases', 'outbox'],
    ...[
      'invoicing_settings',
      'logos',
      'tax_settings',
      'tax_rates',
      'fee_taxes',
      'account_tax_details',
    ],
    ...['coupons', 'coupon_redemptions', 'account_balances', 'test_clocks', 'test_accounts'],
    ...['provider_connections', 'payment_customers', 'provider_events'],
  ],
  // Two documents an endpoint, of which an organisation has 50 at most.
  webhooks: ['endpoints', 'queues', 'requests', 'leases', 'outbox'],
  // A document for each organisation and key, of which services hold all in memory.
  access: ['organisations', 'keys', 'audit_heads', 'requests', 'leases', 'outbox'],
};

const BUCKETS_READ =
  'read by account, profile and day, which _id holds in another form: each shard answers from its index, and all but one ' +
  'at once with nothing';

/**
 * What asks every shard: all reads of a collection, or those that name these fields. All else names its shard. To write
 * buckets by their shard key as well would let reads name it, but makes each write 2.7 times as dear to mongod.
 */
export const BROADCAST: Readonly<Record<string, string>> = {
  'invoicing.payment_attempts: askTime': 'what is to be asked, of all organisations',
  'invoicing.payment_attempts: isOpen': 'how many have no outcome, for the metrics',
  'access.audit_records: _id organisationId':
    'which of a batch are there already, and one by its id: each shard answers from its index of _id',
  'billing.bills: _id':
    'listed by organisation and subscription in the order of _id: each shard answers from its index of _id',
  'metering.usage_days': BUCKETS_READ,
  'metering.usage_additions: pt': 'which accounts have usage, of all partitions',
  'metering.unique_days': BUCKETS_READ,
  'metering.event_counts': 'read by organisation and hour, for reports',
  'metering.corrections':
    'read by organisation and idempotency key, account or state, for corrected events and for lists',
  'metering.segments: _id': 'the content of events that came again with another',
  'metering.segments: _id o x.i': 'an event is marked as withdrawn',
  'metering.segments: en o': 'a backfill goes through the events of a name, whatever the account',
};

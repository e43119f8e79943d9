import type { AccountId, OrganisationId } from '@billingrails/ids';

/** Whose events, and of which name. */
export interface CountedEvents {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
}

/** Accounts whose events of a name were counted. */
export interface CountedAccounts extends Pick<CountedEvents, 'organisationId' | 'eventName'> {
  readonly accountIds: ReadonlySet<AccountId>;
}

/** Whose events were counted, each account once, however many there were. */
export class CountedUsage {
  readonly #byName = new Map<OrganisationId, Map<string, Set<AccountId>>>();
  #size = 0;

  /** With more pairs of account and name than `sizeMax`, others are forgotten. */
  constructor(private readonly sizeMax = Infinity) {}

  add({ organisationId, accountId, eventName }: CountedEvents): void {
    let names = this.#byName.get(organisationId);
    if (names === undefined) this.#byName.set(organisationId, (names = new Map()));
    let accounts = names.get(eventName);
    if (accounts === undefined) names.set(eventName, (accounts = new Set()));
    if (accounts.has(accountId) || this.#size >= this.sizeMax) return;
    accounts.add(accountId);
    this.#size += 1;
  }

  addAll(other: CountedUsage): void {
    for (const { accountIds, ...of } of other.accounts())
      for (const accountId of accountIds) this.add({ ...of, accountId });
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  *accounts(): Generator<CountedAccounts> {
    for (const [organisationId, names] of this.#byName)
      for (const [eventName, accountIds] of names) yield { organisationId, eventName, accountIds };
  }
}

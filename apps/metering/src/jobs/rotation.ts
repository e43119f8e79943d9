import type { OrganisationId } from '@billingrails/ids';

/** Work that an organisation has. */
export interface OwnWork {
  readonly id: string;
  readonly organisationId: OrganisationId;
}

/** Finds work, in the order of ids. */
export interface WorkFinder<T extends OwnWork> {
  /** The first organisation after one that has any; of '' the first of all. */
  nextOrganisation(after: string): Promise<OrganisationId | undefined>;
  /** The organisation's first after one; of '' its first of all. */
  nextOf(organisationId: OrganisationId, after: string): Promise<T | undefined>;
}

/**
 * Takes turns: organisations, and in each organisation its works. So neither the many works of one organisation nor one
 * that never ends hold up others.
 */
export class Rotation<T extends OwnWork> {
  #organisation = '';
  /** By organisation the work that had its turn last, of this round and of the one before. */
  #last = new Map<string, string>();
  #lastBefore: ReadonlyMap<string, string> = new Map();

  constructor(private readonly finder: WorkFinder<T>) {}

  /** Whose turn it is; undefined when there is none. */
  async next(): Promise<T | undefined> {
    const { finder } = this;
    const organisation =
      (await finder.nextOrganisation(this.#organisation)) ?? (await this.#startRound());
    if (organisation === undefined) return undefined;
    this.#organisation = organisation;
    const last = this.#last.get(organisation) ?? this.#lastBefore.get(organisation) ?? '';
    const next =
      (await finder.nextOf(organisation, last)) ??
      (last === '' ? undefined : await finder.nextOf(organisation, ''));
    if (next !== undefined) this.#last.set(organisation, next.id);
    return next;
  }

  /** Organisations that had no turn in the last round are forgotten. */
  #startRound(): Promise<OrganisationId | undefined> {
    this.#lastBefore = this.#last;
    this.#last = new Map();
    this.#organisation = '';
    return this.finder.nextOrganisation('');
  }
}

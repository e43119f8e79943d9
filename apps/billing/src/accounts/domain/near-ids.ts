/** How many ids are told to be near another. */
const NEAR_MAX = 3;
/** Shorter ids are near too many others. */
const LENGTH_MIN = 4;

/**
 * Finds the ids that look like some others: neither case nor punctuation counts, and at most one letter of each is left
 * out to make them equal. So one may be missing, doubled, wrong, or swapped with the next. Each id is looked at once,
 * and what it is compared with does not matter: as many lookups as it has letters.
 */
export class NearIds {
  /** The wanted ids by what is left of them, and how many letters were left out. */
  readonly #wanted = new Map<string, { readonly id: string; readonly missing: number }[]>();
  readonly #near = new Map<string, Map<string, number>>();

  constructor(wanted: Iterable<string>) {
    for (const id of wanted) {
      for (const [form, missing] of formsOf(id)) {
        const same = this.#wanted.get(form) ?? [];
        same.push({ id, missing });
        this.#wanted.set(form, same);
      }
    }
  }

  /** Takes an id that there is into account. */
  look(known: string): void {
    for (const [form, missing] of formsOf(known)) {
      for (const wanted of this.#wanted.get(form) ?? []) {
        this.#add(wanted.id, known, missing + wanted.missing);
      }
    }
  }

  /** The nearest of those that were looked at, nearest first, then by id. */
  near(wanted: string): string[] {
    return [...(this.#near.get(wanted) ?? [])]
      .sort(([a, awayA], [b, awayB]) => awayA - awayB || (a < b ? -1 : 1))
      .slice(0, NEAR_MAX)
      .map(([id]) => id);
  }

  #add(wanted: string, known: string, away: number): void {
    const near = this.#near.get(wanted) ?? new Map<string, number>();
    near.set(known, Math.min(away, near.get(known) ?? Infinity));
    // Only the nearest are kept, so that many that are all alike take no room.
    if (near.size > 4 * NEAR_MAX) {
      const kept = [...near].sort((a, b) => a[1] - b[1]).slice(0, NEAR_MAX);
      this.#near.set(wanted, new Map(kept));
    } else this.#near.set(wanted, near);
  }
}

/** What is left of an id without one of its letters or with all, and how many are left out. */
function formsOf(id: string): Map<string, number> {
  const plain = id.toLowerCase().replace(/[^a-z0-9]/g, '');
  const forms = new Map([[plain, 0]]);
  if (plain.length < LENGTH_MIN) return forms;
  for (let index = 0; index < plain.length; index += 1) {
    const form = plain.slice(0, index) + plain.slice(index + 1);
    if (!forms.has(form)) forms.set(form, 1);
  }
  return forms;
}

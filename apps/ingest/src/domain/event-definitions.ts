import type { PropertyPath } from '@billingrails/filters';
import type { NumberRule } from './number-rules';
import { defaultAccountPath } from './property-path';

/** What meters say about the events of one name in one organisation. */
export interface EventDefinition {
  readonly organisationId: string;
  readonly eventName: string;
  /** Where they hold their account. */
  readonly accountPath: PropertyPath;
  /** Which of their properties must be numbers. */
  readonly numberRules: readonly NumberRule[];
}

/** The definitions of one organisation, as they are at each call. */
export interface DefinitionsOfOrganisation {
  readonly accountPathOf: (eventName: string) => PropertyPath;
  readonly numberRulesOf: (eventName: string) => readonly NumberRule[];
}

type ByName = Map<string, EventDefinition>;

/** All definitions as they are now, for looking up at each event. Entries are known by opaque keys. */
export class EventDefinitions {
  readonly #entries = new Map<string, EventDefinition>();
  readonly #organisations = new Map<string, ByName>();

  /** Adds the entry, or puts it in the place of the one with that key. */
  set(entryKey: string, definition: EventDefinition): void {
    this.remove(entryKey);
    const { organisationId, eventName } = definition;
    const names: ByName = this.#organisations.get(organisationId) ?? new Map();
    this.#organisations.set(organisationId, names.set(eventName, definition));
    this.#entries.set(entryKey, definition);
  }

  /** Forgets the entry; events of its name are again those that no meter looks at. */
  remove(entryKey: string): void {
    const entry = this.#entries.get(entryKey);
    if (entry === undefined) return;
    this.#entries.delete(entryKey);
    const names = this.#organisations.get(entry.organisationId);
    if (names?.get(entry.eventName) === entry) names.delete(entry.eventName);
  }

  /** What holds for events of an organisation. */
  of(organisationId: string): DefinitionsOfOrganisation {
    const names = this.#organisations.get(organisationId);
    return {
      accountPathOf: (eventName) => names?.get(eventName)?.accountPath ?? defaultAccountPath,
      numberRulesOf: (eventName) => names?.get(eventName)?.numberRules ?? noRules,
    };
  }
}

const noRules: readonly NumberRule[] = [];

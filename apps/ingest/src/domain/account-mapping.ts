import { parsePath, type PropertyPath } from '@billingrails/filters';
import { defaultAccountPath } from './property-path';

/** Where the events of one name in one organisation hold their account. */
export interface AccountMapping {
  readonly organisationId: string;
  readonly eventName: string;
  /** In its written form; empty: the default. */
  readonly eventProperty: string;
}

/** All mappings as they are now, for looking up at each event. Entries are known by opaque keys. */
export class AccountMappings {
  private readonly entries = new Map<string, { name: string; path: PropertyPath }>();
  private readonly pathByName = new Map<string, PropertyPath>();

  /** Adds the entry, or puts it in the place of the one with that key. */
  set(entryKey: string, mapping: AccountMapping): void {
    this.remove(entryKey);
    const name = nameOf(mapping.organisationId, mapping.eventName);
    const path =
      mapping.eventProperty === '' ? defaultAccountPath : parsePath(mapping.eventProperty);
    this.entries.set(entryKey, { name, path });
    this.pathByName.set(name, path);
  }

  /** Forgets the entry; events of its name hold their account in the default property again. */
  remove(entryKey: string): void {
    const entry = this.entries.get(entryKey);
    if (entry === undefined) return;
    this.entries.delete(entryKey);
    if (this.pathByName.get(entry.name) === entry.path) this.pathByName.delete(entry.name);
  }

  /** Where events of this name in this organisation hold their account. */
  pathOf(organisationId: string, eventName: string): PropertyPath {
    return this.pathByName.get(nameOf(organisationId, eventName)) ?? defaultAccountPath;
  }
}

/** An organisation's id holds no NUL, so no two pairs share a name. */
function nameOf(organisationId: string, eventName: string): string {
  return `${organisationId}\0${eventName}`;
}

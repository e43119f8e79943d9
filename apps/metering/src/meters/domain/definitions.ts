import { allVersionsOf, type Meter } from './meter';
import { compileProfile, type CompiledProfile } from './profile';

/** What an organisation counts, as of one version of its meters. */
export interface Definitions {
  /** Grows by one with every profile that is created; 0 before the first. */
  readonly version: number;
  /** The profiles that look at events of a name, of all its meters; none when the name is unmatched. */
  profilesOf(eventName: string): readonly CompiledProfile[];
}

/** Archived meters go on counting, so that what is attached to them stays right. */
export function compileDefinitions(version: number, meters: readonly Meter[]): Definitions {
  const profiles = new Map<string, CompiledProfile[]>();
  for (const meter of meters) {
    const ofName = profiles.get(meter.eventName) ?? [];
    ofName.push(...allVersionsOf(meter).map(compileProfile));
    profiles.set(meter.eventName, ofName);
  }
  return { version, profilesOf: (eventName) => profiles.get(eventName) ?? [] };
}

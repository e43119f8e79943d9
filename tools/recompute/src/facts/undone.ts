import { takenBack, type Become } from './fact';

/** Something that was to come at an instant does not: an end, a change of plan or quantity, of an add-on or a fee. */
export interface UndoneBook {
  readonly kind: 'undone';
  readonly step: number;
  readonly what: 'cancelled' | 'changed' | 'add_on' | 'fee';
  readonly ofMs: number;
}

export const undone: Become<UndoneBook> = (before, { what, ofMs }, said) =>
  before.map((fact) => (fact.kind === what && fact.fromMs === ofMs ? takenBack(said.ms) : fact));

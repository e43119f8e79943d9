import { derivedId } from './derived-id';
import { idProblem, prefixOfField } from './kinds';

const meter = derivedId('mtr', 'one');

test.each([
  [meter, undefined],
  [derivedId('plan', 'one'), 'expects "mtr_…", the id of a meter, is the id of a plan'],
  [derivedId('inv', 'one'), 'expects "mtr_…", the id of a meter, is the id of an invoice'],
  ['Calls', 'expects "mtr_…", the id of a meter, not its name or code'],
  ['', 'expects "mtr_…", the id of a meter, not its name or code'],
  [meter.slice(0, -1), undefined], // there is no such meter, but it is an id of a meter
  ['plan_b', 'expects "mtr_…", the id of a meter, not its name or code'],
  [meter.toUpperCase(), 'expects "mtr_…", the id of a meter, not its name or code'],
])('%s as the id of a meter', (text, problem) => {
  expect(idProblem('mtr', text)).toBe(problem);
});

test.each([
  ['meter_id', 'mtr'],
  ['bill_id', 'bill'],
  ['charge_id', 'chg'],
  ['plan_id', 'plan'],
  ['account_id', undefined], // a name of the customer's own
  ['id', undefined],
])('the field %s holds ids with the prefix %s', (field, prefix) => {
  expect(prefixOfField(field)).toBe(prefix);
});

import { KeyLookups } from './key-lookups';

test('keys are looked up from the first taken one until none was for a while', () => {
  const lookups = new KeyLookups();
  expect(lookups.needed).toBe(false);
  lookups.note(true);
  for (let chunk = 0; chunk < 31; chunk += 1) lookups.note(false);
  expect(lookups.needed).toBe(true);
  lookups.note(true);
  for (let chunk = 0; chunk < 32; chunk += 1) {
    expect(lookups.needed).toBe(true);
    lookups.note(false);
  }
  expect(lookups.needed).toBe(false);
});

import { createRequire } from 'node:module';
import { PATIENCE_MS } from './patience';

test('a wait in vain ends before its test does, so that it tells what it waited for', () => {
  const config = createRequire(__filename)('../jest.config.cjs') as { testTimeout: number };
  expect(config.testTimeout).toBeGreaterThan(2 * PATIENCE_MS);
});

import { derivedId } from '@billingrails/ids';
import { DAY_MS } from '@billingrails/time';
import { account, organisation } from '../../testing/posted-bills';
import { afterFailure, attempting, dueCollection } from './collection';

const invoice = {
  id: derivedId('inv', 'one'),
  organisationId: organisation('acme'),
  accountId: account('acct_1'),
  number: 'INV-000001',
};

test.each<[number[], (number | 'exhausted')[]]>([
  [
    [3, 5, 7],
    [3, 8, 15, 'exhausted'],
  ],
  [[1], [1, 'exhausted']],
  [[], ['exhausted']],
])('with retries after %j days attempts are made on days %j after the first', (retryDays, days) => {
  let collection = dueCollection(invoice, 0);
  for (const day of days) {
    const atMs = collection.nextMs ?? NaN;
    collection = afterFailure(attempting(collection), { retryDays }, atMs);
    expect(collection.nextMs === undefined ? collection.state : collection.nextMs / DAY_MS).toBe(
      day,
    );
  }
});

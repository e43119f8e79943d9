import { CallTurns } from './call-turns';

function world(atOnceMax: number, shareMax: number) {
  const turns = new CallTurns({ atOnceMax, shareMax });
  const began: string[] = [];
  const take = (owner: string, name: string) => turns.take(owner, () => began.push(name));
  return { began, take };
}

test('however many calls an organisation sends, another waits for one of each', () => {
  const { began, take } = world(1, 1);
  const first = take('a', 'a0');
  const others = Array.from({ length: 100 }, (_, n) => take('a', `a${n + 1}`));
  const quiet = take('b', 'b0');
  take('c', 'c0');
  expect(began).toEqual(['a0']);
  first.end();
  expect(began).toEqual(['a0', 'a1']);
  others[0]?.end();
  expect(began).toEqual(['a0', 'a1', 'b0']);
  quiet.end();
  expect(began).toEqual(['a0', 'a1', 'b0', 'c0']);
});

test('one organisation never has all the room: others begin at once', () => {
  const { began, take } = world(4, 2);
  const [first] = ['a0', 'a1', 'a2', 'a3'].map((name) => take('a', name));
  expect(began).toEqual(['a0', 'a1']);
  take('b', 'b0');
  expect(began).toEqual(['a0', 'a1', 'b0']);
  first?.end();
  expect(began).toEqual(['a0', 'a1', 'b0', 'a2']);
});

test('a call whose caller has left takes no turn, and an end that is told twice is one', () => {
  const { began, take } = world(1, 1);
  const first = take('a', 'a0');
  const gone = take('a', 'a1');
  take('a', 'a2');
  take('a', 'a3');
  gone.end();
  first.end();
  first.end();
  expect(began).toEqual(['a0', 'a2']);
});

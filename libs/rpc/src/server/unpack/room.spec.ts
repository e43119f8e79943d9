import fc from 'fast-check';
import { UnpackRoom } from './room';

const limits = { bytesMax: 100, shareBytesMax: 60 };

test('all calls together hold no more than there is room for', () => {
  const room = new UnpackRoom(limits);
  const first = room.open('org_a');
  first.take(60);
  room.open('org_b').take(40);
  expect(() => room.open('org_c').take(1)).toThrow(
    expect.objectContaining({ kind: 'exhausted', reason: 'UNPACKING_BUSY', retryAfterMs: 1_000 }),
  );
  first.close();
  room.open('org_c').take(60);
  expect(room.bytes).toBe(100);
});

test('no organisation takes up the room of all', () => {
  const room = new UnpackRoom(limits);
  room.open('org_a').take(50);
  expect(() => room.open('org_a').take(11)).toThrow('Try again');
  room.open('org_a').take(10);
  room.open('org_b').take(40);
});

test('a call that is over takes nothing more, and gives back once', () => {
  const room = new UnpackRoom(limits);
  const claim = room.open('org_a');
  claim.take(10);
  claim.close();
  claim.close();
  expect(() => claim.take(1)).toThrow('Try again');
  expect(room.bytes).toBe(0);
  expect(room.totalBytes).toBe(10);
});

test('whatever comes in whatever order, what is held is what open calls took, and within the limits', () => {
  const step = fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    bytes: fc.nat(70),
    closes: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const room = new UnpackRoom(limits);
      const open: { owner: string; bytes: number; close: () => void }[] = [];
      for (const { owner, bytes, closes } of steps) {
        const claim = room.open(owner);
        const sum = open.reduce((total, each) => total + each.bytes, 0);
        const share = open
          .filter((each) => each.owner === owner)
          .reduce((total, each) => total + each.bytes, 0);
        const fits = sum + bytes <= limits.bytesMax && share + bytes <= limits.shareBytesMax;
        if (fits) {
          claim.take(bytes);
          open.push({ owner, bytes, close: claim.close });
        } else expect(() => claim.take(bytes)).toThrow('Try again');
        if (closes < open.length) for (const each of open.splice(closes, 1)) each.close();
        expect(room.bytes).toBe(open.reduce((total, each) => total + each.bytes, 0));
      }
    }),
  );
});

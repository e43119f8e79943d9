import { decimal } from '@billingrails/money';
import type { Fee } from './fee';
import { editedFees, editViolations } from './plan-edit';

const feeOf = (id: Fee['id']): Fee => ({ ...draftOf(id), id, createMs: 1 });
const draftOf = (name: string): Omit<Fee, 'id' | 'createMs'> => ({
  ...{ name, unit: '' },
  price: { kind: 'flat', amount: decimal('1') },
});
const fees = [feeOf('fee_a'), feeOf('fee_b'), feeOf('fee_c')];

test('what is carried over keeps its id, and what takes its place names it', () => {
  const edit = {
    removed: ['fee_a'],
    replaced: [{ feeId: 'fee_b', by: draftOf('Dearer') }],
    added: [draftOf('More')],
  };
  let made = 0;
  const nextId = (): Fee['id'] => `fee_new${(made += 1)}`;
  expect(editedFees({ fees }, edit, nextId, 9)).toEqual([
    { ...draftOf('Dearer'), id: 'fee_new1', createMs: 9, replacesId: 'fee_b' },
    fees[2],
    { ...draftOf('More'), id: 'fee_new2', createMs: 9 },
  ]);
});

test('an edit that names a fee that is not there, or one twice, is refused by path', () => {
  const edit = {
    removed: ['fee_a', 'fee_none'],
    replaced: [
      { feeId: 'fee_a', by: undefined },
      { feeId: 'fee_b', by: undefined },
    ],
  };
  expect(editViolations(fees, edit, 'edit').map(({ field }) => field)).toEqual([
    'edit.remove_fee_ids[1]',
    'edit.replace_fees[0].fee_id',
  ]);
});

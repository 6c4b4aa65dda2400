import { expect, test } from 'vitest';
import { needsText, rotatedText, standsText } from '../../src/cli/view/rotate.js';

test('the words', () => {
  expect(standsText({ stands: 0, of: 4 })).toBe('nothing is under way');
  expect(standsText({ stands: 2, of: 4, phase: 'write-with-new' })).toBe('phase 2 of 4 (write-with-new)');
  const needs = Array.from({ length: 50 }, (_, n) => ({ subject: `Pod n/p${n}`, says: 'restart it' }));
  expect(needsText({ type: 'rotation-needs', thing: 'x', needs })).toMatch(/^50 still need .*p39.*and 10 more/s);
  const phase = { thing: 'x', phase: 'add', number: 1, of: 2, says: '', again: false };
  expect(rotatedText({ ended: 'refused', phase })).toBe('');
  const ran = { ended: 'ran', proven: false, unseen: [], outcome: { ok: true } } as never;
  expect(rotatedText({ ...(ran as object), phase } as never)).toMatch(/phase 1 of 2 of x is not complete: kw rotate x/);
  const last = { ...phase, number: 2 };
  expect(rotatedText({ ...(ran as object), phase: last } as never)).toMatch(/not proven.*kw doctor.*begin a new/s);
});

/** The tables of cases and faults are what their folders hold. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { indexes } from '../../scripts/generate-indexes.js';
import { faults } from '../../src/lab/faults/index.js';

test.each(Object.entries(indexes('.')))('%s is what scripts/generate-indexes.ts writes', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('every fault stands under its own id', () => {
  expect(faults.length).toBeGreaterThan(0);
  expect(new Set(faults.map(fault => fault.case)).size).toBe(faults.length);
});

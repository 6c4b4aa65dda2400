/** A dry run on an external cluster leaves none of its keys behind. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keeping, passing } from '../../src/workflow/adopt.js';

test(
  'it works on a copy of what the control machine has, which goes away; nothing is written beside the cluster ' +
    'file',
  () => {
    const own = mkdtempSync(join(tmpdir(), 'kw-own-'));
    try {
      mkdirSync(join(own, 'pki'));
      writeFileSync(join(own, 'pki', 'ca.crt'), 'known');
      const { dir, leave } = passing(own);
      expect(readFileSync(join(dir, 'pki', 'ca.crt'), 'utf8')).toBe('known');
      expect(statSync(dir).mode & 0o077).toBe(0);
      writeFileSync(join(dir, 'pki', 'ca.key'), 'secret');
      leave();
      expect([existsSync(dir), existsSync(join(own, 'pki', 'ca.key'))]).toEqual([false, false]);
    } finally {
      rmSync(own, { recursive: true });
    }
  },
);

test('what happens to the keys is said, with the place where they stay', () => {
  expect(keeping(['pki/ca.crt', 'pki/ca.key'], 'c', undefined)).toMatch(/pki\/ca\.key.*dry run, and not kept/);
  expect(keeping(['pki/ca.crt', 'pki/ca.key'], 'c', '/x/.kubewizard/c')).toMatch(/kept in \/x\/\.kubewizard\/c/);
});

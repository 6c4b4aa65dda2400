/** A unit that was down when the plan was made, and that systemd has started by itself since. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lab, type Name, textOf } from './put-back-world.js';

const name: Name = 'kube-scheduler';

test.each(['c1', 'c2'])('it came up with the old files, and runs with %s in the end', async config => {
  const root = mkdtempSync(join(tmpdir(), 'kw-up-'));
  try {
    const l = lab(root, ['kw-1'], [name]);
    expect((await l.up({})).outcome).toMatchObject({ ok: true });
    l.crash('kw-1', name);
    const planned = await l.plan({ [name]: { config } });
    writeFileSync(join(root, 'kw-1', 'systemd', `${name}.service`, 'is'), 'running');
    const starts = l.starts('kw-1', name);
    expect((await l.carry(planned)).outcome).toMatchObject({ ok: true });
    expect(l.runs('kw-1', name)).toBe(textOf(name, { config }));
    // Whoever has what is wanted is not knocked down again.
    expect(l.starts('kw-1', name) - starts).toBe(config === 'c1' ? 0 : 1);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

/** A unit that was down when the plan was made, and that systemd has started by itself since. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labOf } from './put-back-labs.js';
import { type Name, textOf } from './put-back-world.js';

const name: Name = 'kube-scheduler';

test.each(['c1', 'c2'])('it came up with the old files, and runs with %s in the end', async config => {
  const l = await labOf(1, [name]);
  l.crash('kw-1', name);
  const planned = await l.plan({ [name]: { config } });
  writeFileSync(join(l.root, 'kw-1', 'systemd', `${name}.service`, 'is'), 'running');
  const starts = l.starts('kw-1', name);
  expect((await l.carry(planned)).outcome).toMatchObject({ ok: true });
  expect(l.runs('kw-1', name)).toBe(textOf(name, { config }));
  // Whoever has what is wanted is not knocked down again.
  expect(l.starts('kw-1', name) - starts).toBe(config === 'c1' ? 0 : 1);
});

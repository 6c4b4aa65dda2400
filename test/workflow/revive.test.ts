/** Who asks for a revival gets nothing else. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { revive } from '../../src/workflow/revive.js';
import { up } from '../../src/workflow/up.js';
import { kinds, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let open: World | undefined;
afterEach(() => open?.clean());

const given = () => {
  const w = world([{ host: 'kw-1', name: 'a', want: { text: 'one' } }]);
  open = w;
  const text = `name: demo\nkubernetes: 1.29.3\nhosts:\n  - {name: kw-1, address: ${addressOf('kw-1')}}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const file: ClusterFile = { spec: checked.value, text, dir: join(w.root, 'control-machine'), warnings: [] };
  const recorded = recordedPorts({
    connect: host => simulated(w.host(host.name)),
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => undefined },
    craft: { kinds, wanted: () => w.resources },
  });
  return { w, file, ...recorded };
};

test('where no certificate has ended, other changes are not made; where there are none, it is over', async () => {
  const { w, file, ports, types, events } = given();
  await expect(revive(file, ports, { yes: true, verify: false })).rejects.toMatchObject({
    problems: [{ code: 'nothing-ended', says: expect.stringContaining('1 other change') }],
  });
  expect([w.read('kw-1/a'), types().includes('reviving')]).toEqual(['', false]);
  await up(file, ports, { yes: true, verify: false });
  expect(await revive(file, ports, { verify: false })).toMatchObject({
    ended: 'ran',
    outcome: { ok: true, mended: 0 },
  });
  expect(events.filter(event => event.type === 'note').map(({ says }) => says)).toContain(
    'no certificate of this cluster has ended: there is nothing to revive',
  );
});

test('a host that the file does not have cannot be gone on without', async () => {
  const { file, ports } = given();
  await expect(revive(file, ports, { without: ['kw-9'] })).rejects.toMatchObject({
    problems: [{ code: 'unknown-host' }],
  });
});

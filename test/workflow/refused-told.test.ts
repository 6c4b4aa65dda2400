/** Who looks on without some hosts is told why they refused, each cause once, with its way out: in every story. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCluster } from '../../src/spec/index.js';
import { failed } from '../../src/transport/failures.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { doctor } from '../../src/workflow/doctor.js';
import type { Ports } from '../../src/workflow/ports.js';
import { status } from '../../src/workflow/status.js';
import { recordedPorts } from './recorded-ports.js';

const dir = mkdtempSync(join(tmpdir(), 'kw-refused-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const text = 'name: demo\nkubernetes: 1.29.3\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]\n';
const file = (): ClusterFile => {
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { text, spec: checked.value, dir, warnings: [] } as unknown as ClusterFile;
};

const stories: Readonly<Record<string, (ports: Ports) => Promise<unknown>>> = {
  status: ports => status(file(), ports),
  doctor: ports => doctor({ file: async () => file() }, ports),
};

test.each(Object.entries(stories))('%s', async (_, story) => {
  const { events, ports } = recordedPorts({
    connect: async host => {
      throw host.name === 'demo-002'
        ? failed(host.name, 'unreachable', 'no route to host')
        : failed(host.name, 'auth', 'sudo wants the password of ops', 'the line');
    },
  });
  await story(ports).catch(() => undefined);
  expect(events.flatMap(event => (event.type === 'failure' ? [event.failure] : []))).toEqual([
    { class: 'auth', message: 'sudo wants the password of ops', help: 'the line', hosts: ['demo-001', 'demo-003'] },
  ]);
});

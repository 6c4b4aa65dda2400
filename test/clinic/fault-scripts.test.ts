/** Every script of every fault is grammar to a shell, on clusters of both builders. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { FaultVariant, LabCluster } from '../../src/lab/faults/fault.js';
import { faults } from '../../src/lab/faults/index.js';

const labOf = (built: LabCluster['built']): LabCluster => ({
  built,
  kubernetes: '1.20.2',
  hosts: [1, 2, 3, 4, 5].map(n => ({
    name: `kw-${n}`,
    address: `10.88.0.1${n}`,
    roles: n < 4 ? ['etcd', 'controlPlane'] : ['worker'],
  })),
  endpoint: { address: '10.88.0.250', port: 8443 },
});

const scriptsOf = (fault: FaultVariant, lab: LabCluster): Readonly<Record<string, string>> => {
  const [host = 'kw-1'] = [fault.on(lab)].flat();
  const { symptom, settle, tidy } = fault;
  return {
    break: typeof fault.break === 'function' ? fault.break(lab, host) : fault.break,
    symptom: typeof symptom.script === 'function' ? symptom.script(lab) : symptom.script,
    ...(settle && { settle: settle.script }),
    ...(tidy && { tidy }),
  };
};

test.each(['kubewizard', 'kubeadm'] as const)(
  'on clusters of %s',
  built => {
    const lab = labOf(built);
    const all = faults.flatMap(fault =>
      Object.entries(fault.variants).flatMap(([variant, one]) =>
        one.built === undefined || one.built === built
          ? Object.entries(scriptsOf(one, lab)).map(([part, script]) => ({
              name: `${fault.case}/${variant} ${part}`,
              script,
            }))
          : [],
      ),
    );
    expect(all.length).toBeGreaterThan(150);
    const output = all.flatMap(({ name, script }) => {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
      return status === 0 ? [] : [`${name}: ${stderr.trim()}`];
    });
    expect(output).toEqual([]);
  },
  60_000,
);

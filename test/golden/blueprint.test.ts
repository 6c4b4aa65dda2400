import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { hasFlag, releases } from '../../src/catalog/index.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { mask } from '../../src/model/content.js';
import type { Resource } from '../../src/model/resource.js';
import { idOf } from '../../src/model/resource.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { changes } from './changes.js';
import { debian, inputFor, released } from './input.js';
import { componentOf, shownOnce } from './shown.js';

const folder = new URL('.', import.meta.url).pathname;

function specOf(name: string, version: string): ClusterSpec {
  const text = readFileSync(`${folder}${name}.yaml`, 'utf8').replace('VERSION', version);
  const checked = readCluster(text, `${name}.yaml`);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems, null, 2));
  return checked.value;
}

function flagsIn(resource: Resource): readonly { readonly component: string; readonly flag: string }[] {
  const text = mask((resource.want as Wants['file']).content);
  const component = /ExecStart=\/usr\/local\/bin\/(kube\S*)/.exec(text)?.[1];
  return component === undefined
    ? []
    : [...text.matchAll(/^\s+"?--([a-z-]+)=/gm)].map(([, flag = '']) => ({ component, flag }));
}

/** containerd 2 speaks only CRI v1, which kubelets know since 1.23; upstream paired them from 1.30 on. */
const containerdFor = (minor: string): string => (Number(minor.split('.')[1]) >= 30 ? '2.1.9' : '1.6.36');

const oneHostOf = (minor: string): readonly Resource[] =>
  cluster(inputFor(specOf('one-host', `${minor}.2`), released(`${minor}.2`, containerdFor(minor))));

const minors = releases.map(release => release.minor);

/** By component: what is wanted on five hosts of the newest minor, whose runtime and DNS come as files. */
describe('five hosts of the newest minor', () => {
  const spec = specOf('five-hosts', `${minors.at(-1)}.2`);
  const resources = cluster(inputFor(spec, released(spec.kubernetes, '2.1.9')));
  const hosts = spec.hosts.map(host => host.name);

  test.each([...new Set(resources.map(componentOf))].sort())(
    '%s is wanted as its golden file says',
    async component => {
      const own = resources.filter(resource => componentOf(resource) === component);
      await expect(`${shownOnce(own, hosts).join('\n\n')}\n`).toMatchFileSnapshot(
        `${folder}golden/components/${component}.txt`,
      );
    },
  );
});

test('what Debian has instead (Kubernetes 1.20.2, its packages, our own DNS) is wanted as the golden file says', async () => {
  const facts = {
    cgroup: 'hybrid',
    containerd: '/usr/bin/containerd',
    containerdVersion: '1.6.20',
    cniBin: '/usr/lib/cni',
    conntrackWritable: false,
    oomScoreAdjustable: false,
  } as const;
  const before = cluster(inputFor(specOf('one-host', '1.20.2'), released('1.20.2', '1.6.36')));
  const after = cluster(inputFor(specOf('one-host', '1.20.2'), debian, facts));
  await expect(changes(before, after)).toMatchFileSnapshot(`${folder}golden/debian.diff`);
});

/** One page per minor: what it changed on a host with all roles, against the minor before it. */
describe.each(minors.slice(1).map((minor, at) => [minor, minors[at] ?? ''] as const))(
  'Kubernetes %s',
  (minor, before) => {
    test(`changes what its page says against ${before}`, async () => {
      await expect(changes(oneHostOf(before), oneHostOf(minor))).toMatchFileSnapshot(
        `${folder}golden/minors/${minor}.diff`,
      );
    });
  },
);

test.each(minors)('no flag is rendered that Kubernetes %s does not have', minor => {
  const flags = oneHostOf(minor)
    .filter(resource => resource.kind === 'file' && resource.key.endsWith('.service'))
    .flatMap(flagsIn);
  expect(flags.length).toBeGreaterThan(50);
  expect(flags.filter(({ component, flag }) => !hasFlag(component as 'kubelet', flag, `${minor}.2`))).toEqual([]);
});

test('what comes after what is as the golden file says', async () => {
  const rows = oneHostOf(minors.at(-1) ?? '').map(resource =>
    [
      `${resource.stage} ${idOf(resource)}`,
      ...resource.after.map(id => `  after ${id}`),
      ...(resource.afterAny ?? []).map(id => `  after any of ${id}`),
    ].join('\n'),
  );
  await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot(`${folder}golden/order.txt`);
});

test('every resource is wanted once, and comes after resources that exist', () => {
  const resources = cluster(inputFor(specOf('five-hosts', '1.20.2'), debian));
  const ids = resources.map(idOf);
  expect(new Set(ids).size).toBe(ids.length);
  expect(
    resources.flatMap(resource =>
      resource.after.filter(id => !ids.includes(id)).map(id => `${idOf(resource)} after ${id}`),
    ),
  ).toEqual([]);
});

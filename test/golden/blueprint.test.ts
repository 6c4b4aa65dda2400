import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import { hasFlag, releases } from '../../src/catalog/index.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { mask } from '../../src/model/content.js';
import type { Resource } from '../../src/model/resource.js';
import { idOf } from '../../src/model/resource.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { debian, inputFor, released } from './input.js';

const folder = new URL('.', import.meta.url).pathname;

function specOf(name: string, version: string): ClusterSpec {
  const text = readFileSync(`${folder}${name}.yaml`, 'utf8').replace('VERSION', version);
  const checked = readCluster(text, `${name}.yaml`);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems, null, 2));
  return checked.value;
}

/** What a reviewer reads: everything that will be on the host, as YAML, files as text. */
const shown = (resources: readonly Resource[]): string =>
  stringify(
    Object.fromEntries(
      resources.map(resource => [
        idOf(resource),
        {
          because: resource.because,
          stage: resource.stage,
          after: resource.after,
          ...(resource.afterAny ? { afterAny: resource.afterAny } : {}),
          want:
            resource.kind === 'file'
              ? {
                  text: mask((resource.want as Wants['file']).content),
                  mode: (resource.want as Wants['file']).mode.toString(8),
                }
              : resource.want,
        },
      ]),
    ),
    { lineWidth: 0, aliasDuplicateObjects: false },
  );

function flagsIn(resource: Resource): readonly { readonly component: string; readonly flag: string }[] {
  const text = mask((resource.want as Wants['file']).content);
  const component = /ExecStart=\/usr\/local\/bin\/(kube\S*)/.exec(text)?.[1];
  return component === undefined
    ? []
    : [...text.matchAll(/^\s+"?--([a-z-]+)=/gm)].map(([, flag = '']) => ({ component, flag }));
}

/** containerd 2 speaks only CRI v1, which kubelets know since 1.23; upstream paired them from 1.30 on. */
const containerdFor = (minor: string): string => (Number(minor.split('.')[1]) >= 30 ? '2.1.9' : '1.6.36');

describe.each(releases.map(release => release.minor))('Kubernetes %s', minor => {
  const version = `${minor}.2`;
  const resources = cluster(inputFor(specOf('one-host', version), released(version, containerdFor(minor))));

  test('is wanted as the golden file says', async () => {
    await expect(shown(resources)).toMatchFileSnapshot(`${folder}golden/one-host-${minor}.yaml`);
  });

  test('no flag is rendered that this version does not have', () => {
    const flags = resources
      .filter(resource => resource.kind === 'file' && resource.key.endsWith('.service'))
      .flatMap(flagsIn);
    expect(flags.length).toBeGreaterThan(50);
    expect(flags.filter(({ component, flag }) => !hasFlag(component as 'kubelet', flag, version))).toEqual([]);
  });
});

test.each([
  ['1.20.2', debian],
  ['1.36.2', released('1.36.2', '2.1.9')],
] as const)('five hosts with %s are wanted as the golden file says', async (version, artifacts) => {
  const resources = cluster(
    inputFor(
      specOf('five-hosts', version),
      artifacts,
      version === '1.20.2'
        ? {
            cgroup: 'hybrid',
            containerd: '/usr/bin/containerd',
            containerdVersion: '1.6.20',
            cniBin: '/usr/lib/cni',
            conntrackWritable: false,
            oomScoreAdjustable: false,
          }
        : {},
    ),
  );
  await expect(shown(resources)).toMatchFileSnapshot(`${folder}golden/five-hosts-${version}.yaml`);
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

/** metrics-server: whose it is, when it is wanted, and what goes with it. */
import { describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Input, MetricsOwner } from '../../src/blueprint/input.js';
import { account, apiService } from '../../src/blueprint/metrics/objects.js';
import { metricsServerFor, releases } from '../../src/catalog/index.js';
import type { ArtifactSet } from '../../src/model/artifact.js';
import { clusterHost, idOf, type Resource } from '../../src/model/resource.js';
import { metricsOwner } from '../../src/plan/metrics-owner.js';
import { saysMetrics } from '../../src/preflight/metrics.js';
import type { ObjectWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { debian, inputFor, released } from '../golden/input.js';

type Tree = Readonly<Record<string, unknown>>;

const specOf = (more: string, hosts = '[10.0.0.1, 10.0.0.2, 10.0.0.3]') => {
  const checked = readCluster(`name: demo\nhosts: ${hosts}\n${more}`, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const inputOf = (more = '', metrics?: MetricsOwner, artifacts: ArtifactSet = released('1.37.2', '2.1.9')): Input => ({
  ...inputFor(specOf(more), artifacts),
  ...(metrics ? { metrics } : {}),
});
const mine = (resources: readonly Resource[]): readonly Resource[] =>
  resources.filter(({ host, key }) => host === clusterHost && /metrics/.test(key));
const objectsOf = (resources: readonly Resource[]) => mine(resources).filter(({ kind }) => kind === 'object');
const built = {
  'metrics-server': { name: 'metrics-server', version: '0.9.0', sha256: 'a', size: 1, file: '/x', ref: 'r:v1' },
};
const withImage = (set: ArtifactSet): ArtifactSet => ({ ...set, images: { ...debian.images, ...built } });

describe('is wanted by default', () => {
  test.each([undefined, 'nobody', 'ours'] as const)('where %s serves metrics', metrics => {
    const found = objectsOf(cluster(inputOf('', metrics)));
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter(one => (one.want as ObjectWant).absent)).toEqual([]);
    // Whoever finds the account with our label knows that there may be more of ours.
    const first = found.find(({ key }) => key === account);
    for (const one of found) if (one !== first) expect(one.after).toContain(idOf(first as Resource));
  });

  test('and is waited for, since namespaces cannot be deleted while it is away', () => {
    const waits = mine(cluster(inputOf())).find(({ kind }) => kind === 'api');
    expect(waits).toMatchObject({ key: apiService, want: { condition: { type: 'Available', status: 'True' } } });
    expect(mine(cluster(inputOf('network: {provider: none}'))).some(({ kind }) => kind === 'api')).toBe(false);
  });

  test('with the image that the source brought, else with the one that hosts pull', () => {
    const imageOf = (artifacts: ArtifactSet) =>
      JSON.stringify(mine(cluster(inputOf('', 'nobody', artifacts)))).match(/"image":"([^"]+)"/)?.[1];
    expect(imageOf(withImage(released('1.37.2', '2.1.9')))).toBe('r:v1');
    expect(imageOf(released('1.37.2', '2.1.9'))).toBe('registry.k8s.io/metrics-server/metrics-server:v0.9.0');
  });

  test('two of it where there are two nodes, one where there is one', () => {
    const replicas = (hosts: string, more = '') => {
      const found = cluster(inputFor(specOf(more, hosts), released('1.37.2', '2.1.9')));
      const deployment = found.find(({ key }) => key.endsWith('/deployments/metrics-server'));
      return (deployment?.want as ObjectWant | undefined)?.body.spec;
    };
    expect(replicas('[10.0.0.1]')).toMatchObject({ replicas: 1 });
    expect(replicas('[10.0.0.1, 10.0.0.2]')).toMatchObject({ replicas: 2 });
    const balancer =
      '[{address: 10.0.0.1, roles: [etcd, controlPlane, worker]}, {address: 10.0.0.2, roles: [loadBalancer]}]';
    expect(replicas(balancer, 'endpoint: {address: 10.0.0.100}')).toMatchObject({ replicas: 1 });
  });
});

describe('is not wanted', () => {
  test('where somebody else serves metrics: nothing of it is made, changed or taken away, and it is said', () => {
    for (const more of ['', 'addons: {metricsServer: false}'])
      expect(mine(cluster(inputOf(more, 'other')))).toEqual([]);
    expect(saysMetrics(inputOf('', 'other')).map(({ code }) => code)).toEqual(['metrics-of-others']);
    expect(saysMetrics(inputOf('addons: {metricsServer: false}', 'other'))).toEqual([]);
  });

  test('where the source has no image and hosts pull none: it is said', () => {
    const mirror: ArtifactSet = { ...released('1.37.2', '2.1.9'), source: 'mirror', images: debian.images };
    expect(mine(cluster(inputOf('', 'nobody', mirror)))).toEqual([]);
    expect(saysMetrics(inputOf('', 'nobody', mirror)).map(({ code }) => code)).toEqual(['metrics-not-in-source']);
    expect(saysMetrics(inputOf('', 'nobody'))).toEqual([]);
  });

  test('ours goes once the file says so, its API first and its account last', () => {
    const off = 'addons: {metricsServer: false}';
    const wanted = objectsOf(cluster(inputOf('', 'ours')));
    const gone = objectsOf(cluster(inputOf(off, 'ours')));
    expect(gone.map(({ key }) => key).sort()).toEqual(wanted.map(({ key }) => key).sort());
    expect(gone.every(one => (one.want as ObjectWant).absent)).toBe(true);
    const follows = (key: string) => gone.find(one => one.key === key)?.after;
    expect(follows(apiService)).toEqual([]);
    expect(follows(account)?.length).toBe(gone.length - 1);
    for (const metrics of [undefined, 'nobody'] as const) expect(mine(cluster(inputOf(off, metrics)))).toEqual([]);
  });
});

describe('whose it is', () => {
  const object = (labels?: Readonly<Record<string, string>>) =>
    ({ is: 'object', body: { metadata: labels ? { labels } : {} } }) as const;
  const ours = object({ 'app.kubernetes.io/managed-by': 'kubewizard' });
  const [absent, unseen] = [{ is: 'absent' } as const, { is: 'unseen', status: 503 } as const];
  test.each([
    ['nobody', [absent, absent]],
    ['ours', [ours, ours]],
    // A run that was killed in between.
    ['ours', [absent, ours]],
    ['other', [object(), absent]],
    ['other', [object({ 'app.kubernetes.io/managed-by': 'Helm' }), ours]],
    ['other', [object(), undefined]],
    [undefined, [unseen, unseen]],
    [undefined, [undefined, ours]],
    [undefined, [absent, unseen]],
  ] as const)('%s: %j', (owner, states) => expect(metricsOwner(states)).toBe(owner));
});

test('nothing that is installed is in the way of a drain: no pod keeps data, and no budget forbids every eviction', () => {
  const all = [cluster(inputOf()), cluster(inputFor(specOf('kubernetes: 1.20.2'), debian))].flat();
  const bodies = all.filter(({ kind }) => kind === 'object').map(one => (one.want as ObjectWant).body);
  const of = (kind: string) => bodies.filter(body => body.kind === kind).map(({ spec }) => spec as Tree);
  const volumes = of('Deployment').flatMap(({ template }) => ((template as Tree).spec as Tree).volumes ?? []) as Tree[];
  expect(of('Deployment').length).toBe(3);
  expect(volumes.filter(volume => 'emptyDir' in volume)).toEqual([]);
  expect(of('PodDisruptionBudget').map(({ maxUnavailable }) => maxUnavailable)).toEqual([1]);
});

test('every minor that can have one has one, and newer minors never an older one', () => {
  const versions = releases.map(({ latestPatchKnown }) => metricsServerFor(latestPatchKnown)?.version);
  expect(versions.filter(one => one === undefined).length).toBe(5);
  expect([...versions].slice(5)).toEqual([...versions].slice(5).sort());
});

test('the file alone decides where there can be none, and refuses what it cannot give', () => {
  expect(specOf('kubernetes: 1.24.17').addons).toEqual({ dns: true, metricsServer: false });
  expect(specOf('artifacts: {source: debian}').addons.metricsServer).toBe(false);
  expect(specOf('').addons.metricsServer).toBe(true);
  for (const more of ['kubernetes: 1.24.17', 'artifacts: {source: debian}']) {
    const asked = `name: demo\nhosts: [10.0.0.1]\naddons: {metricsServer: true}\n${more}`;
    const checked = readCluster(asked, 'cluster.yaml');
    expect(checked.ok ? [] : checked.problems.map(({ code }) => code)).toEqual(['addon-not-in-source']);
  }
});

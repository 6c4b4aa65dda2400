import { describe, expect, it } from 'vitest';
import {
  allowedSkew,
  allowedUpgrade,
  compareVersions,
  defaultVersion,
  flagPresence,
  flagReplacement,
  flagsOf,
  hasFlag,
  fieldLife,
  fieldPresence,
  fieldsOf,
  flagName,
  lifeInWords,
  proxyFieldOf,
  release,
  releases,
  type FlagComponent,
} from './index.js';
import kubeadm from './fixtures/kubeadm-1.36-flags.json' with { type: 'json' };

describe('releases', () => {
  it('covers every minor from 1.20 to 1.37, oldest first', () => {
    expect(releases.map(({ minor }) => minor)).toEqual(Array.from({ length: 18 }, (_, i) => `1.${20 + i}`));
  });

  it('finds the minor of any patch, and nothing else', () => {
    expect(release('1.29.3')?.pauseImage).toBe('registry.k8s.io/pause:3.9');
    expect(release('1.20.2')?.pauseImage).toBe('k8s.gcr.io/pause:3.2');
    expect([release('1.19.16'), release('1.38.0'), release('1.29'), release('2.29.3'), release('')]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('agrees with the manifests that kubeadm 1.36 rendered', () => {
    expect(release('1.36.2')?.etcd).toEqual({ image: 'registry.k8s.io/etcd:3.6.8-0', version: '3.6.8' });
  });

  it('moves taints and cgroup v1 as Kubernetes did', () => {
    const taints = (version: string) => release(version)?.controlPlaneTaints.map(({ key }) => key.split('/')[1]);
    expect([taints('1.23.0'), taints('1.24.0'), taints('1.25.0')]).toEqual([
      ['master'],
      ['master', 'control-plane'],
      ['control-plane'],
    ]);
    expect(['1.30.0', '1.31.0', '1.35.0'].map(v => release(v)?.cgroupV1)).toEqual([
      'supported',
      'maintenance',
      'refused',
    ]);
  });

  it('has a default for each source', () => {
    expect([defaultVersion('debian'), release(defaultVersion('auto'))?.minor]).toEqual(['1.20.2', '1.37']);
  });
});

describe('flags', () => {
  it.each([
    ['kubelet', 'network-plugin', '1.23.17', '1.24.0'],
    ['kubelet', 'container-runtime', '1.26.15', '1.27.0'],
    ['kubelet', 'pod-infra-container-image', '1.34.0', '1.35.0'],
    ['kube-apiserver', 'insecure-port', '1.23.0', '1.24.0'],
    ['kube-apiserver', 'cloud-provider', '1.32.0', '1.33.0'],
    ['kube-controller-manager', 'port', '1.23.0', '1.24.0'],
    ['kube-scheduler', 'policy-config-file', '1.22.0', '1.23.0'],
    ['kube-proxy', 'logtostderr', '1.25.0', '1.26.0'],
  ] as const)('%s --%s is in %s and not in %s', (component, flag, has, lacks) => {
    expect([hasFlag(component, flag, has), hasFlag(component, flag, lacks)]).toEqual([true, false]);
    expect(flagReplacement(component, flag, has)).toBeUndefined();
    expect(flagReplacement(component, flag, lacks)).toMatch(/^gone since 1\./);
  });

  it('says when a flag comes', () => {
    expect(flagReplacement('kube-apiserver', 'authentication-config', '1.28.0')).toBe('comes with 1.29');
    expect(flagPresence('kube-apiserver', 'storage-initialization-timeout', '1.31.0')).toBe('unsure');
    expect(flagPresence('kube-apiserver', 'no-such-flag', '1.31.0')).toBe('unheard');
  });

  it('reads underscores and leading dashes as the components do', () => {
    expect(hasFlag('kubelet', '--node_ip', '1.30.0')).toBe(true);
  });

  it('is never unsure at either end, which are measured', () => {
    for (const component of [
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'kube-proxy',
    ] as const)
      for (const flag of flagsOf(component))
        expect([flagPresence(component, flag, '1.20.2'), flagPresence(component, flag, '1.36.2')]).not.toContain(
          'unsure',
        );
  });

  it('has every flag that kubeadm 1.36 renders, in 1.36', () => {
    const argv = Object.entries(kubeadm).flatMap(([component, flags]) =>
      flags.map(flag => [component as FlagComponent, flag] as const),
    );
    expect(argv.length).toBe(49);
    expect(argv.filter(([component, flag]) => !hasFlag(component, flag, '1.36.2'))).toEqual([]);
  });
});

describe('skew and order', () => {
  it.each([
    ['1.30.0', '1.30.5', true],
    ['1.30.0', '1.31.0', false],
    ['1.28.0', '1.25.0', true],
    ['1.27.0', '1.24.0', false],
    ['1.24.0', '1.22.3', true],
    ['1.30.0', '1.26.9', false],
    ['1.30.0', 'nonsense', false],
  ] as const)('apiserver %s, kubelet %s: %s', (apiserver, kubelet, ok) => {
    expect(allowedSkew(apiserver, kubelet)).toBe(ok);
  });

  it.each([
    ['kube-apiserver', ['1.29.0', '1.30.1', '1.31.0']],
    ['kube-controller-manager', ['1.29.0', '1.30.1']],
    ['kube-scheduler', ['1.29.0', '1.30.1']],
    ['kube-proxy', ['1.27.0', '1.28.0', '1.29.0', '1.30.1']],
    ['kubectl', ['1.29.0', '1.30.1', '1.31.0']],
  ] as const)('beside an API server of 1.30.1, %s may be %j', (program, ok) => {
    const asked = ['1.26.0', '1.27.0', '1.28.0', '1.29.0', '1.30.1', '1.31.0', '1.32.0'];
    expect(asked.filter(version => allowedSkew('1.30.1', version, program))).toEqual(ok);
  });

  it('upgrades one minor at a time', () => {
    expect([
      allowedUpgrade('1.29.3', '1.30.0'),
      allowedUpgrade('1.29.3', '1.31.0'),
      allowedUpgrade('1.29.3', '1.29.2'),
    ]).toEqual([true, false, false]);
  });

  it('compares by number', () => {
    expect(compareVersions('1.9.10', '1.10.9')).toBeLessThan(0);
    expect(() => compareVersions('1.9', '1.10.9')).toThrow('no exact version');
  });

  it('knows fields of the kubelet that came later', () => {
    expect(['1.30.1', '1.31.0'].map(version => fieldPresence('kubelet', 'failCgroupV1', version))).toEqual([
      'no',
      'yes',
    ]);
    expect([fieldPresence('kubelet', 'maxPods', '1.20.2'), fieldPresence('kubelet', 'maxPod', '1.20.2')]).toEqual([
      'yes',
      'unheard',
    ]);
    const life = fieldLife('kube-proxy', 'nftables');
    expect(life && lifeInWords(life)).toBe('comes with 1.29');
  });

  it('names for a flag of kube-proxy only fields that there are', () => {
    const fields = flagsOf('kube-proxy').flatMap(flag => proxyFieldOf(flagName(flag)) ?? []);
    expect(fields.length).toBeGreaterThan(35);
    expect(fields.filter(field => !fieldsOf('kube-proxy').includes(field.split('.')[0] ?? ''))).toEqual([]);
  });

  it('knows the flags of the etcd that comes with each minor', () => {
    expect(
      ['1.21.0', '1.22.0', '1.33.0', '1.34.0'].map(version => [
        hasFlag('etcd', 'debug', version),
        hasFlag('etcd', 'enable-v2', version),
        hasFlag('etcd', 'feature-gates', version),
      ]),
    ).toEqual([
      [true, true, false],
      [false, true, false],
      [false, true, false],
      [false, false, true],
    ]);
  });
});

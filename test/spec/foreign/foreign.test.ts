/** Other builders' files in the place of a cluster file, each in words of its own: what they are, and what to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCluster } from '../../../src/spec/index.js';
import { foreignFile } from '../../../src/spec/foreign/foreign.js';
import { foreignKinds } from '../../../src/spec/foreign/kinds.js';

/** Kind, text, and what its help must name. */
const files: readonly (readonly [id: string, text: string, help: RegExp])[] = [
  [
    'k0sctl',
    `---
apiVersion: k0sctl.k0sproject.io/v1beta1
kind: Cluster
metadata: { name: k0s-cluster }
spec:
  hosts:
  - role: controller
    ssh: { address: 10.11.30.100, user: deploy }
  - role: worker
    ssh: { address: 10.11.30.103, user: deploy }
`,
    /--hosts 10\.11\.30\.100,10\.11\.30\.103\./,
  ],
  ['k0s', 'apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec: {}\n', /--hosts HOST,HOST/],
  [
    'kubeadm',
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n',
    /kw init/,
  ],
  ['component', 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n', /kw init/],
  ['kops', 'apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nspec: {role: Node}\n', /--hosts HOST/],
  ['cluster-api', 'apiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: DockerMachine\n', /--hosts HOST/],
  ['eksctl', 'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n', /--hosts HOST/],
  [
    'kubeone',
    'apiVersion: kubeone.k8c.io/v1beta2\nkind: KubeOneCluster\ncontrolPlane:\n  hosts: [{publicAddress: 192.0.2.11}]\n',
    /--hosts 192\.0\.2\.11/,
  ],
  [
    'kubekey',
    'apiVersion: kubekey.kubesphere.io/v1alpha2\nkind: Cluster\nspec:\n  hosts: [{name: a, address: 192.0.2.11}]\n',
    /--hosts 192\.0\.2\.11/,
  ],
  ['kind', 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}]\n', /--kubeconfig/],
  ['k3d', 'apiVersion: k3d.io/v1alpha5\nkind: Simple\nservers: 1\n', /--kubeconfig/],
  ['talos', 'version: v1alpha1\ndebug: false\nmachine: {type: controlplane}\ncluster: {}\n', /--hosts HOST/],
  ['talos', 'version: v1alpha1\nmachine: {}\n---\napiVersion: v1alpha1\nkind: HostnameConfig\n', /--hosts HOST/],
  ['kubeconfig', 'apiVersion: v1\nkind: Config\nclusters: []\n', /kw doctor --kubeconfig FILE/],
  [
    'rke',
    'nodes:\n- address: 192.0.2.11\n  user: ubuntu\n  role: [controlplane, etcd]\n- address: node2.example.com\n  role: [worker]\nservices: {etcd: {snapshot: true}}\n',
    /--hosts 192\.0\.2\.11\./,
  ],
  [
    'kubespray-inventory',
    'all:\n  hosts:\n    node1: {ansible_host: 192.0.2.11, ip: 192.0.2.11}\n    node2: {ansible_host: 192.0.2.12}\n  children:\n    kube_control_plane: {hosts: {node1: }}\n',
    /--hosts 192\.0\.2\.11,192\.0\.2\.12/,
  ],
  [
    'kubespray-inventory',
    '# inventory\n[all]\nnode1 ansible_host=192.0.2.11 ip=192.0.2.11\nnode2 ansible_host=192.0.2.12\n\n[kube_control_plane]\nnode1\n',
    /--hosts 192\.0\.2\.11,192\.0\.2\.12/,
  ],
  ['kubespray-variables', 'kube_version: 1.33.1\nkube_network_plugin: calico\n', /--hosts HOST/],
  ['k3s', 'tls-san: [api.example.com]\ncluster-init: true\n', /--hosts HOST/],
  ['k3s', 'server: https://192.0.2.11:9345\ntoken: REDACTED\n', /--hosts HOST/],
  ['compose', 'services:\n  web: {image: nginx}\n', /kw init/],
  ['object', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n', /kubectl apply/],
];

describe('a file of another builder', () => {
  test.each(files)('%s %#', (id, text, help) => {
    const read = readCluster(text, 'cluster.yaml');
    const problems = read.ok ? [] : read.problems;
    expect(problems.map(one => one.code)).toEqual(['foreign-file']);
    expect(problems[0]?.says).toContain(foreignKinds.find(kind => kind.id === id)?.what);
    expect(problems[0]?.help).toMatch(help);
    expect(problems[0]?.at?.line).toBeGreaterThan(0);
  });

  test('every kind is met above', () => {
    expect([...new Set(files.map(([id]) => id))].sort()).toEqual(foreignKinds.map(kind => kind.id).sort());
  });

  test('what is no address reaches no command', () => {
    const text = 'nodes:\n- {address: "$(reboot)", role: [worker]}\n- {address: "192.0.2.1; rm", role: [worker]}\n';
    expect(foreignFile(text, 'x')?.help).toContain('--hosts HOST,HOST.');
  });
});

test('no cluster file of ours, good or broken, is taken for a foreign one', () => {
  const corpus = new URL('../../corpus/cluster-files/', import.meta.url);
  const all = ['good', 'broken'].flatMap(folder =>
    readdirSync(new URL(`${folder}/`, corpus))
      .filter(name => name.endsWith('.yaml'))
      .map(name => [name, readFileSync(new URL(`${folder}/${name}`, corpus), 'utf8')] as const),
  );
  expect(all.length).toBeGreaterThan(40);
  expect(all.filter(([name, text]) => foreignFile(text, name)).map(([name]) => name)).toEqual([]);
});

test('hostile files end soon, and in no exception', () => {
  const deep = `${'a: {'.repeat(3_000)}${'}'.repeat(3_000)}`;
  const aliases = `a: &a [1]\nb: [${'*a,'.repeat(5_000)}]\n`;
  for (const text of [deep, aliases, '[all]\n'.repeat(50_000), '---\n'.repeat(20_000), '\0'.repeat(9_000)])
    expect(() => foreignFile(text, 'x')).not.toThrow();
});

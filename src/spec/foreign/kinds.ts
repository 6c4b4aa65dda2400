/** Files of other builders that people hand to `kw` in place of a cluster file, told by their keys. */

export type Tree = Readonly<Record<string, unknown>>;

export interface ForeignKind {
  readonly id: string;
  /** `a k0sctl file`: what it is, with its article. */
  readonly what: string;
  readonly is: (tree: Tree, group: string) => boolean;
  /** Addresses of hosts that the file names, as they are written. */
  readonly hosts?: (tree: Tree) => readonly unknown[];
  /**
   * `cluster`: it describes a cluster that kw can look at; `setting`: one part of such a cluster; `object`: it belongs
   * into a cluster; `local`: a cluster in containers of this machine.
   */
  readonly of: 'cluster' | 'setting' | 'object' | 'local';
}

const at = (tree: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((one, key) => (isTree(one) && Object.hasOwn(one, key) ? one[key] : undefined), tree);

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listAt = (tree: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(tree, ...path);
  return Array.isArray(found) ? found : [];
};

const inGroup =
  (...groups: readonly string[]) =>
  (_: Tree, group: string): boolean =>
    groups.some(one => group === one || group.endsWith(`.${one}`));

const has = (tree: Tree, ...keys: readonly string[]): boolean => keys.some(key => Object.hasOwn(tree, key));

/** Settings of k3s and RKE2 that are in no other file of this kind. */
const rancherKeys =
  'tls-san cluster-init write-kubeconfig-mode node-label node-taint flannel-backend disable-kube-proxy ' +
  'cluster-cidr kubelet-arg';

/** What is narrower stands above. */
export const foreignKinds: readonly ForeignKind[] = [
  {
    id: 'k0sctl',
    what: 'a k0sctl file',
    is: inGroup('k0sctl.k0sproject.io'),
    hosts: tree =>
      listAt(tree, 'spec', 'hosts').map(
        host => at(host, 'ssh', 'address') ?? at(host, 'openSSH', 'address') ?? at(host, 'privateAddress'),
      ),
    of: 'cluster',
  },
  { id: 'k0s', what: 'the configuration of k0s itself', is: inGroup('k0s.k0sproject.io'), of: 'setting' },
  { id: 'kubeadm', what: 'a configuration of kubeadm', is: inGroup('kubeadm.k8s.io'), of: 'setting' },
  {
    id: 'component',
    what: 'the configuration of a component of Kubernetes',
    is: inGroup('kubelet.config.k8s.io', 'kubeproxy.config.k8s.io', 'kubescheduler.config.k8s.io'),
    of: 'setting',
  },
  { id: 'kops', what: 'a cluster or instance group of kOps', is: inGroup('kops.k8s.io', 'kops'), of: 'cluster' },
  { id: 'cluster-api', what: 'an object of Cluster API', is: inGroup('cluster.x-k8s.io'), of: 'cluster' },
  { id: 'eksctl', what: 'an eksctl file', is: inGroup('eksctl.io'), of: 'cluster' },
  {
    id: 'kubeone',
    what: 'a KubeOne file',
    is: inGroup('kubeone.k8c.io', 'kubeone.io'),
    hosts: tree =>
      ['controlPlane', 'staticWorkers'].flatMap(part =>
        listAt(tree, part, 'hosts').map(host => at(host, 'publicAddress') ?? at(host, 'privateAddress')),
      ),
    of: 'cluster',
  },
  {
    id: 'kubekey',
    what: 'a KubeKey file',
    is: inGroup('kubekey.kubesphere.io'),
    hosts: tree => listAt(tree, 'spec', 'hosts').map(host => at(host, 'address') ?? at(host, 'internalAddress')),
    of: 'cluster',
  },
  { id: 'kind', what: 'a kind file', is: inGroup('kind.x-k8s.io', 'kind.sigs.k8s.io'), of: 'local' },
  { id: 'k3d', what: 'a k3d file', is: inGroup('k3d.io'), of: 'local' },
  {
    id: 'talos',
    what: 'a machine configuration of Talos',
    is: tree => tree.version === 'v1alpha1' && has(tree, 'machine', 'cluster'),
    of: 'cluster',
  },
  {
    id: 'kubeconfig',
    what: 'a kubeconfig',
    is: tree => tree.kind === 'Config' || (has(tree, 'contexts') && has(tree, 'users')),
    of: 'setting',
  },
  {
    id: 'rke',
    what: 'a cluster file of RKE 1',
    is: tree => listAt(tree, 'nodes').some(node => isTree(node) && has(node, 'role', 'address')),
    hosts: tree => listAt(tree, 'nodes').map(node => at(node, 'address')),
    of: 'cluster',
  },
  {
    id: 'kubespray-inventory',
    what: 'an inventory of kubespray (Ansible)',
    is: tree => isTree(at(tree, 'all')) && (at(tree, 'all', 'hosts') ?? at(tree, 'all', 'children')) !== undefined,
    hosts: tree =>
      Object.values((at(tree, 'all', 'hosts') as Tree | null | undefined) ?? {}).map(
        host => at(host, 'ansible_host') ?? at(host, 'ip') ?? at(host, 'access_ip'),
      ),
    of: 'cluster',
  },
  {
    id: 'kubespray-variables',
    what: 'variables of kubespray',
    is: tree => has(tree, 'kube_network_plugin', 'kube_version', 'kube_service_addresses', 'kube_pods_subnet'),
    of: 'setting',
  },
  {
    id: 'k3s',
    what: 'the config.yaml of k3s or RKE2',
    is: tree =>
      !has(tree, 'hosts', 'apiVersion') &&
      (has(tree, ...rancherKeys.split(' ')) || (has(tree, 'server') && has(tree, 'token'))),
    of: 'setting',
  },
  { id: 'compose', what: 'a Compose file of Docker', is: tree => isTree(at(tree, 'services')), of: 'object' },
  {
    id: 'object',
    what: 'an object of the Kubernetes API',
    is: tree => typeof tree.apiVersion === 'string' && typeof tree.kind === 'string',
    of: 'object',
  },
];

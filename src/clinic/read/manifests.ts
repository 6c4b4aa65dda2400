/** Static pods as the files in the kubelet's folder describe them. */
import type { HostChart } from '../chart/host-chart.js';
import type { FileSeen } from '../chart/seen.js';
import { at, listAt, readYaml, type Tree } from './yaml.js';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Mount path in the container → path on the host. */
  readonly mounts: Readonly<Record<string, string>>;
  /** `livenessProbe`, `readinessProbe`, `startupProbe` as written. */
  readonly probes: Readonly<Record<string, Tree>>;
  /** Name of a port → its number in the container; NaN: not readable. Ports without a name are left out. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface StaticPod {
  readonly path: string;
  readonly file: FileSeen;
  readonly name: string;
  readonly namespace: string;
  readonly containers: readonly Container[];
  readonly hostNetwork: boolean;
  /** Why the file is not a pod. */
  readonly problem?: string;
  readonly pod: Tree;
}

export const manifestFolder = '/etc/kubernetes/manifests';

/** Where this host's kubelet looks: as its flag says, for those that lay them elsewhere (RKE2). */
const folderOf = ({ processes }: HostChart): string => {
  const argv = 'value' in processes ? (processes.value.find(one => one.program === 'kubelet')?.argv ?? []) : [];
  const at = argv.findLastIndex(word => /^--?pod-manifest-path(?:=|$)/.test(word));
  const told = argv[at]?.split('=')[1] ?? argv[at + 1];
  return at >= 0 && told?.startsWith('/') ? told.replace(/\/+$/, '') : manifestFolder;
};

/** Every file that the kubelet reads there: all whose name does not start with a dot (kubeadm#2823: also backups). */
export const staticPods = (host: HostChart, folder = folderOf(host)): readonly StaticPod[] =>
  ('value' in host.files ? host.files.value : [])
    .filter(
      file =>
        file.path.startsWith(`${folder}/`) &&
        !file.path.slice(folder.length + 1).includes('/') &&
        !file.path.slice(folder.length + 1).startsWith('.'),
    )
    .map(podIn);

/** The container that runs a program, whatever its name is. */
export const containerOf = (pod: StaticPod, program: string): Container | undefined =>
  pod.containers.find(
    one =>
      [...one.command, ...one.args][0]?.split('/').at(-1) === program ||
      (one.command.length === 0 && one.name === program),
  );

const known = new WeakMap<FileSeen, StaticPod>();
const podIn = (file: FileSeen): StaticPod => {
  const found = known.get(file) ?? read(file);
  known.set(file, found);
  return found;
};

const read = (file: FileSeen): StaticPod => {
  const parsed = file.text === undefined ? { problem: 'it is not text' } : readYaml(file.text);
  const pod: Tree = 'value' in parsed ? parsed.value : undefined;
  const problem = 'problem' in parsed ? parsed.problem : at(pod, 'kind') !== 'Pod' ? 'it is not a Pod' : undefined;
  return {
    path: file.path,
    file,
    pod,
    ...(problem !== undefined && { problem }),
    name: String(at(pod, 'metadata', 'name') ?? ''),
    namespace: String(at(pod, 'metadata', 'namespace') ?? 'default'),
    hostNetwork: at(pod, 'spec', 'hostNetwork') === true,
    containers: listAt(pod, 'spec', 'containers').map(one => container(one, pod)),
  };
};

const container = (one: Tree, pod: Tree): Container => ({
  name: String(at(one, 'name') ?? ''),
  image: String(at(one, 'image') ?? ''),
  command: listAt(one, 'command').map(String),
  args: listAt(one, 'args').map(String),
  env: Object.fromEntries(listAt(one, 'env').map(pair => [String(at(pair, 'name')), String(at(pair, 'value') ?? '')])),
  mounts: Object.fromEntries(
    listAt(one, 'volumeMounts').map(mount => {
      const volume = listAt(pod, 'spec', 'volumes').find(each => at(each, 'name') === at(mount, 'name'));
      return [String(at(mount, 'mountPath')), String(at(volume, 'hostPath', 'path') ?? '')];
    }),
  ),
  probes: Object.fromEntries(
    ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap(name => (at(one, name) ? [[name, at(one, name)]] : [])),
  ),
  ports: Object.fromEntries(
    listAt(one, 'ports').flatMap(port =>
      at(port, 'name') ? [[String(at(port, 'name')), Number(at(port, 'containerPort') ?? Number.NaN)]] : [],
    ),
  ),
});

/** CNI configurations in the order in which a runtime takes them: the first by name wins. */
import type { HostChart } from '../chart/host-chart.js';
import type { FileSeen } from '../chart/seen.js';
import { at, listAt, type Tree } from './yaml.js';

export interface CniConfig {
  readonly path: string;
  readonly file: FileSeen;
  readonly name: string;
  /** Of a plugin that calls others (multus), these stand behind it: theirs are the bridge and the addresses. */
  readonly plugins: readonly Tree[];
  /** Types of all plugins, of their ipam too: each must lie in a folder of plugins. */
  readonly types: readonly string[];
  readonly problem?: string;
}

export const cniFolder = '/etc/cni/net.d';

export const cniConfigs = (host: HostChart, folder = cniFolder): readonly CniConfig[] => {
  const files = ('value' in host.files ? host.files.value : [])
    .filter(file => file.path.startsWith(`${folder}/`) && /\.(conf|conflist|json)$/.test(file.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return files.map(file => read(file, files));
};

const read = (file: FileSeen, all: readonly FileSeen[]): CniConfig => {
  const { tree, problem: broken } = parsed(file);
  const own = pluginsIn(tree);
  const plugins = own.flatMap(plugin => [plugin, ...delegatesOf(plugin, all)]);
  const problem = broken ?? misplaced(file.path, tree) ?? (own.length === 0 ? 'it names no plugin' : undefined);
  const types = plugins
    .flatMap(plugin => [at(plugin, 'type'), at(plugin, 'ipam', 'type')])
    .filter((type): type is string => typeof type === 'string');
  return {
    path: file.path,
    file,
    name: String(at(tree, 'name') ?? ''),
    plugins,
    types: [...new Set(types)],
    ...(problem !== undefined && { problem }),
  };
};

const parsed = (file: FileSeen): { readonly tree: Tree; readonly problem?: string } => {
  try {
    return { tree: JSON.parse(file.text ?? '') };
  } catch (error) {
    return { tree: undefined, problem: `it is not JSON: ${(error as Error).message}` };
  }
};

const pluginsIn = (tree: Tree): readonly Tree[] =>
  Array.isArray(at(tree, 'plugins')) ? listAt(tree, 'plugins') : at(tree, 'type') ? [tree] : [];

/** libcni reads a file by its ending: a list has `plugins`, a single one has `type`, and neither the other. */
const misplaced = (path: string, tree: Tree): string | undefined => {
  const list = Array.isArray(at(tree, 'plugins'));
  if (path.endsWith('.conflist'))
    return !list && at(tree, 'type')
      ? 'it is named .conflist, but has one plugin at its top instead of the list `plugins`: the name must end in .conf'
      : undefined;
  return list && !at(tree, 'type')
    ? 'it holds a list of plugins, but is not named .conflist: the runtime reads one plugin there, and finds no type'
    : undefined;
};

/** Multus hands the pod's own network to others: written inside it, or as the name or path of another file. */
const delegatesOf = (plugin: Tree, all: readonly FileSeen[]): readonly Tree[] => {
  const inner = [...listAt(plugin, 'delegates'), at(plugin, 'delegate')].filter(Boolean).flatMap(pluginsIn);
  const named: unknown = at(plugin, 'type') === 'multus' ? at(plugin, 'clusterNetwork') : undefined;
  if (typeof named !== 'string') return inner;
  const file = all.find(one => one.path.split('/').at(-1) === named.split('/').at(-1) || nameIn(one) === named);
  return [...inner, ...(file ? pluginsIn(parsed(file).tree) : [])];
};

const nameIn = (file: FileSeen): unknown => at(parsed(file).tree, 'name');

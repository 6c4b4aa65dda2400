/** Says of another builder's file what it is, and what to do with it: a list of unknown keys would help nobody. */
import { LineCounter } from 'yaml';
import type { Diagnostic } from '../../model/diagnostic.js';
import { yamlDocuments } from '../../model/yaml.js';
import { parseAddress } from '../../net/address.js';
import { type ForeignKind, foreignKinds, isTree, type Tree } from './kinds.js';

/** Larger files are nobody's cluster file. */
const mostText = 512 * 1024;
const mostDocuments = 64;
const mostShown = 5;

/** undefined: it may be a cluster file, however broken. `file`: the name that the diagnostic shows. */
export const foreignFile = (text: string, file: string): Diagnostic | undefined => {
  if (text.length > mostText || isPlainlyOwn(text)) return undefined;
  const inventory = iniHosts(text);
  if (inventory) return told(inventory.kind, inventory.hosts, { file, line: inventory.line, column: 1 });
  for (const { tree, line } of documentsIn(text)) {
    const kind = isOwn(tree) ? undefined : kindOf(tree);
    if (!kind) continue;
    return told(kind, kind.hosts?.(tree) ?? [], { file, line, column: 1 });
  }
  return undefined;
};

/** Most files are, and are not parsed twice. */
const isPlainlyOwn = (text: string): boolean =>
  /^hosts:/m.test(text) && !/^(?:apiVersion:\s*(?!kubewizard\/)|---|\[)/m.test(text);

/** A file of ours, even where somebody wrote another version or kind into it. */
const isOwn = (tree: Tree): boolean =>
  String(tree.apiVersion ?? '').startsWith('kubewizard/') || (Array.isArray(tree.hosts) && !('apiVersion' in tree));

const kindOf = (tree: Tree): ForeignKind | undefined => {
  const [group = ''] = typeof tree.apiVersion === 'string' ? tree.apiVersion.split('/') : [];
  return foreignKinds.find(kind => kind.is(tree, group));
};

const documentsIn = (text: string): readonly { readonly tree: Tree; readonly line: number }[] => {
  try {
    const lineCounter = new LineCounter();
    const all = yamlDocuments(text, { lineCounter, resolveKnownTags: false });
    return all.slice(0, mostDocuments).flatMap(document => {
      const tree: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 50 });
      const start = document.contents?.range?.[0] ?? 0;
      return isTree(tree) ? [{ tree, line: Math.max(1, lineCounter.linePos(start).line) }] : [];
    });
  } catch {
    return []; // too many aliases, or too deep: the reader of cluster files says what is wrong with it
  }
};

const inventoryKind = foreignKinds.find(kind => kind.id === 'kubespray-inventory');
const groups = /^\[(?:all|etcd|k8s[_-]cluster|kube[_-](?:control[_-]plane|master|node))(?::\w+)?\]\s*$/;

/** Ansible's other form of an inventory: `node1 ansible_host=192.0.2.11`. */
const iniHosts = (
  text: string,
): { readonly kind: ForeignKind; readonly hosts: readonly string[]; readonly line: number } | undefined => {
  const lines = text.split(/\r?\n/);
  const line = lines.findIndex(one => groups.test(one));
  if (line < 0 || !inventoryKind) return undefined;
  const hosts = lines.flatMap(one => /\bansible_host=["']?([\w.:-]+)/.exec(one)?.[1] ?? []);
  return { kind: inventoryKind, hosts, line: line + 1 };
};

const told = (kind: ForeignKind, hosts: readonly unknown[], place: NonNullable<Diagnostic['at']>): Diagnostic => ({
  code: 'foreign-file',
  severity: 'error',
  says: `this is ${kind.what}, and no cluster file of Kubewizard`,
  at: place,
  help: helpFor(kind, known(hosts)),
});

/** Only what is an address is shown in a command. */
const known = (hosts: readonly unknown[]): readonly string[] => [
  ...new Set(hosts.flatMap(one => (typeof one === 'string' ? (parseAddress(one) ?? []) : []))),
];

const helpFor = (kind: ForeignKind, hosts: readonly string[]): string => {
  const named = hosts.length === 0 ? 'HOST,HOST' : hosts.slice(0, mostShown).join(',');
  const more = hosts.length > mostShown ? `,… (${hosts.length} in all)` : '';
  const look = `kw doctor --hosts ${named}${more}`;
  switch (kind.of) {
    case 'cluster':
      return `if that cluster runs: ${look}. For a new cluster on hosts of your own: kw init`;
    case 'setting':
      return kind.id === 'kubeconfig'
        ? 'kw doctor --kubeconfig FILE looks at its cluster. For a new cluster on hosts of your own: kw init'
        : `for the cluster to which it belongs: ${look}. For a new cluster: kw init`;
    case 'local':
      return 'for such a cluster: kw doctor --kubeconfig FILE. For a new cluster on hosts of your own: kw init';
    case 'object':
      return 'it is for a cluster that runs: kubectl apply -f. A cluster file names hosts: kw init writes one';
  }
};

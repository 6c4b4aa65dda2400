/**
 * One change to a chart. `at` is a path of words parted by `/`; `[key=value]` picks from a list, `[word]` a string that
 * starts so; `*` is every host; a section's `value` is stepped into by itself; `api/nodes[kw-2]` picks by
 * metadata.name.
 *   set: V | append: V | remove: true | replace: [from, to] | merge: {…} | missing: why
 *   issue: {ca, commonName, organizations, sans, usages, from, days}   signs the certificate there anew, with these changes; its key file follows
 *   flags: {program: {flag: value | null}}                              at a host: in argv and in its unit or manifest
 */
import type { Chart } from '../../src/clinic/chart/chart.js';
import { type IssueChange, issued } from './issued.js';
import { withFlags } from './with-flags.js';

export interface Change {
  readonly at: string;
  readonly set?: unknown;
  readonly append?: unknown;
  readonly remove?: true;
  readonly replace?: readonly [string, string];
  readonly merge?: Readonly<Record<string, unknown>>;
  readonly missing?: string;
  /** Beside `missing`: the user whom the API does not let see it. */
  readonly forbiddenTo?: string;
  readonly issue?: IssueChange;
  readonly flags?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
}

type Node = unknown;
type Edit = (node: Node) => Promise<Node | typeof gone>;
const gone = Symbol('gone');

export const change = async (chart: Chart, one: Change, file: string): Promise<Chart> => {
  const steps = stepsOf(one.at);
  const tree = {
    ...chart,
    hosts: Object.fromEntries(chart.hosts),
    api: { ...chart.api.objects, version: chart.api.version },
  } as Record<string, Node>;
  const changed = (await into(tree, steps, editOf(one), `${file}: at ${one.at}`)) as Record<string, Node>;
  const { version, ...objects } = changed.api as Record<string, never>;
  const next = {
    ...changed,
    hosts: new Map(Object.entries(changed.hosts as object)),
    api: { version, objects },
  } as unknown as Chart;
  const path = /\/certificates\[path=(.+\.crt)\]$/.exec(one.at)?.[1];
  return one.issue && !one.issue.trust && !one.issue.chain && path !== undefined ? withKeyOf(next, path) : next;
};

/** A certificate that is signed anew in a fixture is one of a new key: the key file beside it is that key. */
const withKeyOf = (chart: Chart, path: string): Chart => ({
  ...chart,
  hosts: new Map(
    [...chart.hosts].map(([name, host]) => {
      const spki =
        'value' in host.certificates
          ? host.certificates.value.find(one => one.path === path)?.certificates[0]?.spkiSha256
          : undefined;
      const keys =
        'value' in host.keys
          ? {
              ...host.keys,
              value: host.keys.value.map(key =>
                key.path === path.replace(/\.crt$/, '.key') && spki !== undefined ? { ...key, spkiSha256: spki } : key,
              ),
            }
          : host.keys;
      return [name, { ...host, keys }];
    }),
  ),
});

const stepsOf = (path: string): readonly string[] => path.match(/\[[^\]]*\]|[^/[]+/g) ?? [];

const isEvidence = (node: Node): node is { value: Node } =>
  node !== null && typeof node === 'object' && 'source' in node && 'at' in node && 'value' in node;

async function into(node: Node, steps: readonly string[], edit: Edit, where: string): Promise<Node | typeof gone> {
  const [step, ...rest] = steps;
  if (step === undefined) return edit(node);
  if (isEvidence(node)) {
    const value = await into(node.value, steps, edit, where);
    return value === gone ? gone : { ...node, value };
  }
  if (step.startsWith('[')) return pick(node, step.slice(1, -1), rest, edit, where);
  if (node === null || typeof node !== 'object') throw new Error(`${where}: nothing at ${step}`);
  const tree = node as Record<string, Node>;
  const names = step === '*' ? Object.keys(tree) : step.split(',');
  const next: Record<string, Node> = { ...tree };
  for (const name of names) {
    if (!(name in tree) && rest.length > 0) throw new Error(`${where}: nothing at ${name}`);
    const made = await into(tree[name], rest, edit, where);
    if (made === gone) delete next[name];
    else next[name] = made;
  }
  return Array.isArray(node) ? Object.values(next) : next;
}

async function pick(node: Node, selector: string, rest: readonly string[], edit: Edit, where: string): Promise<Node> {
  if (!Array.isArray(node)) throw new Error(`${where}: [${selector}] picks from a list, and there is none`);
  let hits = 0;
  const all: Node[] = [];
  for (const one of node) {
    const hit = isPicked(one, selector);
    const made = hit ? await into(one, rest, edit, where) : one;
    if (hit) hits += 1;
    if (made !== gone) all.push(made);
  }
  if (hits === 0) throw new Error(`${where}: nothing is [${selector}]`);
  return all;
}

const isPicked = (one: Node, selector: string): boolean => {
  if (typeof one === 'string') return one.startsWith(selector);
  const cut = selector.indexOf('=');
  const tree = one as { metadata?: { name?: string; namespace?: string } } & Record<string, Node>;
  if (cut < 0)
    return tree.metadata?.name === selector || `${tree.metadata?.namespace}.${tree.metadata?.name}` === selector;
  return String(tree[selector.slice(0, cut)]) === selector.slice(cut + 1);
};

const editOf =
  (one: Change): Edit =>
  async node => {
    if (one.remove) return gone;
    if (one.set !== undefined) return isEvidence(node) ? { ...node, value: one.set } : one.set;
    if (one.missing !== undefined) return missing(node, one.missing, one.forbiddenTo);
    if (one.append !== undefined) return appended(node, one.append);
    if (one.merge)
      return isEvidence(node)
        ? { ...node, value: { ...(node.value as object), ...one.merge } }
        : { ...(node as object), ...one.merge };
    if (one.replace) return replaced(node, one.replace, one.at);
    if (one.issue) return issued(node, one.issue);
    if (one.flags) return withFlags(node as never, one.flags);
    throw new Error(
      `a change at ${one.at} says not what: set, append, remove, replace, merge, missing, issue or flags`,
    );
  };

const missing = (node: Node, why: string, forbiddenTo?: string): Node => {
  const { value: _, ...rest } = node as { value?: Node };
  return { ...rest, missing: why, ...(forbiddenTo ? { kind: 'refused', forbiddenTo } : { kind: 'not-collected' }) };
};

const appended = (node: Node, more: Node): Node =>
  isEvidence(node)
    ? { ...node, value: [...(node.value as Node[]), more] }
    : [...((node as Node[] | undefined) ?? []), more];

const replaced = (node: Node, [from, to]: readonly [string, string], where: string): Node => {
  if (typeof node !== 'string' || !node.includes(from))
    throw new Error(`at ${where} there is no ${JSON.stringify(from)}`);
  return node.replaceAll(from, to);
};

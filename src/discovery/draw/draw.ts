/** A cluster that others built → a cluster file that says of it what one can say, and a line for all the rest. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { type ComponentKey, componentKeys } from '../../model/components.js';
import { parseIPv4 } from '../../net/address.js';
import { readCluster } from '../../spec/index.js';
import { isDnsLabel } from '../../spec/names.js';
import type { ClusterFile } from '../../spec/schema.js';
import { builderOf } from '../owner/builder.js';
import { livingOwner, refusedFor } from '../owner/living.js';
import type { Refusal } from '../owner/refusal.js';
import { askedOnly, membersOf, planesOf, runs, wholeness } from '../owner/whole.js';
import { drawConfig } from './configs.js';
import { type Held, type Line, lineKinds, type Part, type Seen } from './drawing.js';
import { fileText } from './file-text.js';
import { drawFlags, type FlagChange, flagChanges, ownFlags } from './flags.js';
import { drawHosts } from './hosts.js';
import { drawIdentity } from './identity.js';
import { formLines, heldOfPods, keepLines } from './keep.js';
import { drawNetworks } from './networks.js';
import { drawPki } from './pki.js';

export interface Drawing {
  /** As the cluster file has it. */
  readonly file: ClusterFile;
  readonly spec: ClusterSpec;
  readonly text: string;
  readonly by: string;
  readonly evidence: readonly string[];
  readonly from: Readonly<Record<string, string>>;
  readonly held: readonly Held[];
  readonly lines: readonly Line[];
}

export type Drawn =
  | { readonly ok: true; readonly drawing: Drawing }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Asked {
  readonly ways: ReadonlyMap<string, Host['ssh']>;
  readonly name?: string | undefined;
}

export const draw = (seen: Chart, asked: Asked): Drawn => {
  const chart = askedOnly(seen);
  const living = livingOwner(chart);
  const refusal = living ? refusedFor(living) : wholeness(chart);
  if (refusal) return { ok: false, refusal };
  const [planes, members] = [planesOf(chart), membersOf(chart)];
  const built = builderOf(chart, planes);
  if ('refusal' in built) return { ok: false, refusal: built.refusal };
  return drawn({ chart, built, planes, members, ...asked });
};

const drawn = (seen: Seen): Drawn => {
  const whole = [drawIdentity(seen), drawHosts(seen), drawNetworks(seen)];
  const parts = [...whole, drawPki(seen, merged(whole))];
  const base = merged(parts);
  const odd = oddHosts(base);
  if (odd.length > 0) return { ok: false, refusal: unsaid(odd) };
  const first = readCluster(fileText({ file: base, from: {}, held: [] }), 'the file');
  if (!first.ok) return { ok: false, refusal: unsaid(first.problems) };
  const components = drawComponents(seen, first.value);
  const all = [...parts, components];
  const held = [...all.flatMap(part => part.held ?? []), ...heldOfPods(seen)];
  const file = merged(all);
  const from = Object.assign({}, ...all.map(part => part.from)) as Readonly<Record<string, string>>;
  const text = fileText({ file, from, held });
  const checked = readCluster(text, 'the file');
  if (!checked.ok) return { ok: false, refusal: unsaid(checked.problems) };
  const lines: readonly Line[] = [
    ...all.flatMap(part => part.lines),
    ...held.map((one): Line => ({ kind: 'held', says: heldText(one) })),
    ...changeLines(seen, checked.value),
    ...formLines(seen),
    ...keepLines(seen),
  ];
  const sorted = lineKinds.flatMap(kind => lines.filter(line => line.kind === kind));
  const { by, evidence } = seen.built;
  return { ok: true, drawing: { file, spec: checked.value, text, by, evidence, from, held, lines: sorted } };
};

/** A file would read brackets in a name as a range of names. */
const oddHosts = ({ hosts }: ClusterFile): readonly { readonly says: string }[] =>
  hosts.flatMap(host => {
    const { name = '', address } = typeof host === 'string' ? { address: host } : host;
    return [
      ...(isDnsLabel(name)
        ? []
        : [{ says: `'${name}' is not a valid DNS label, and hosts of a file are called by one` }]),
      ...(parseIPv4(address) === undefined
        ? [{ says: `the address of ${name} is '${address}', and a file knows hosts by IPv4 alone` }]
        : []),
    ];
  });

const merged = (parts: readonly Part[]): ClusterFile =>
  Object.assign({ apiVersion: 'kubewizard/v1', kind: 'Cluster' }, ...parts.map(part => part.file)) as ClusterFile;

const unsaid = (problems: readonly { readonly says: string }[]): Refusal => ({
  code: 'cannot-be-said',
  says: `no cluster file can say this cluster: ${problems.map(({ says }) => says).join('; ')}`,
  help: 'kw doctor, kw certs and kw heal look after it without a file: --hosts with the same hosts; --name names it',
});

export const heldText = ({ component, word, why, hosts }: Held): string =>
  `${componentKeys[component]}${hosts ? ` on ${hosts.join(', ')}` : ''}: ${word} (${why})`;

function drawComponents(seen: Seen, spec: ClusterSpec): Part {
  const components: Record<string, { extraArgs?: unknown; config?: unknown }> = {};
  const from: Record<string, string> = {};
  const held: Held[] = [];
  const lines: Line[] = [];
  for (const key of Object.keys(componentKeys) as ComponentKey[]) {
    const hosts = [...seen.chart.hosts.values()].filter(host => runs(host, componentKeys[key]));
    const flags = drawFlags(key, hosts, spec);
    const files = key === 'kubelet' || key === 'proxy' ? drawConfig(key, seen.chart, hosts, spec) : undefined;
    const part = {
      ...(Object.keys(flags.extraArgs).length > 0 && { extraArgs: flags.extraArgs }),
      ...(files && Object.keys(files.config).length > 0 && { config: files.config }),
    };
    if (Object.keys(part).length > 0) components[key] = part;
    from[`components.${key}.extraArgs`] = flags.told.map(one => one.from).join('; ');
    if (files) from[`components.${key}.config`] = files.from.join('; ');
    held.push(...flags.held, ...(files?.held ?? []));
    lines.push(
      ...(files?.unseen ?? []).map((says): Line => ({ kind: 'unseen', says })),
      ...flags.told
        .filter(one => one.differs.length > 0)
        .map(
          ({ host, differs }): Line => ({
            kind: 'note',
            says: `${componentKeys[key]} on ${host} runs with other flags than its file says (${differs.join(', ')})`,
          }),
        ),
    );
  }
  return { file: Object.keys(components).length > 0 ? { components } : {}, from, held, lines };
}

/** Of the three that Kubewizard tells all in flags: each that would come, go or change. */
const changeLines = (seen: Seen, spec: ClusterSpec): readonly Line[] =>
  (['apiserver', 'controllerManager', 'scheduler'] as const).flatMap(key => {
    const by = new Map<string, string[]>();
    for (const { told, host } of seen.planes.flatMap(plane =>
      drawFlags(key, [plane], spec).told.map(one => ({ told: one, host: nameIn(seen, spec, plane.name) })),
    )) {
      for (const one of flagChanges(told, ownFlags(key, spec, host))) {
        const says = changeText(one);
        by.set(says, [...(by.get(says) ?? []), told.host]);
      }
    }
    return [...by].map(
      ([says, hosts]): Line => ({
        kind: 'changes',
        says: `${componentKeys[key]} on ${hosts.join(', ')}: ${says}`,
      }),
    );
  });

const changeText = ({ name, now, becomes }: FlagChange): string => {
  if (now === undefined) return `--${name}=${becomes} would come`;
  const words = now.map(value => `--${name}=${value}`).join(' ');
  return becomes === undefined ? `${words} would go` : `${words} would become --${name}=${becomes}`;
};

/** The chart may call a host otherwise than its Node is called. */
const nameIn = (seen: Seen, spec: ClusterSpec, name: string): string =>
  spec.hosts[[...seen.chart.hosts.keys()].indexOf(name)]?.name ?? name;

/** The flags of a component: as it runs, and as its unit or manifest on the disk would start it. */
import { apiserverPort } from '../../model/components.js';
import type { HostChart } from '../chart/host-chart.js';
import { etcdWords, isToldElsewhere } from './etcd-settings.js';
import { containerOf, staticPods } from './manifests.js';
import { wordsOf } from './words.js';

export interface Flags {
  /** Last one wins, as Go's flag packages have it; `--flag` alone is `true`. */
  get(flag: string): string | undefined;
  /** Every value of a flag that may be repeated or holds a list. */
  all(flag: string): readonly string[];
  readonly names: readonly string[];
  readonly argv: readonly string[];
}

export interface ComponentFlags {
  readonly running?: Flags;
  readonly disk?: Flags;
  /** Running if it runs, else disk. */
  readonly inForce?: Flags;
  /** Path of the unit or manifest that starts it, also where its text was not seen and `disk` is not known. */
  readonly source?: string;
  /** It is told by a file or by its environment, and not by flags alone: then no flag may be set beside them. */
  readonly elsewhere?: true;
  /** Flags that differ between the two: names. Empty where one of them is not known. */
  readonly differs: readonly string[];
}

export const readFlags = (argv: readonly string[]): Flags => {
  const values = new Map<string, string[]>();
  argv.forEach((word, index) => {
    const [, name, , value] = /^--?([A-Za-z][\w.-]*)(=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) return;
    const next = argv[index + 1];
    const given = value ?? (next !== undefined && !next.startsWith('-') ? next : 'true');
    const key = name.replaceAll('_', '-');
    values.set(key, [...(values.get(key) ?? []), given]);
  });
  return {
    get: flag => values.get(flag)?.at(-1),
    all: flag => (values.get(flag) ?? []).flatMap(value => value.split(',')).filter(value => value !== ''),
    names: [...values.keys()],
    argv,
  };
};

/**
 * Sections read: processes, files. What is missing of them leaves the field out; the case notes it when it reads them.
 */
export const flagsOf = (host: HostChart, program: string): ComponentFlags => {
  const ofHost = known.get(host) ?? new Map<string, ComponentFlags>();
  known.set(host, ofHost);
  const found = ofHost.get(program) ?? read(host, program);
  ofHost.set(program, found);
  return found;
};

const known = new WeakMap<HostChart, Map<string, ComponentFlags>>();

const read = (host: HostChart, program: string): ComponentFlags => {
  const process = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  const found = onDisk(host, program);
  const environment = found?.environment ?? new Map<string, string>();
  const all = (argv: readonly string[]): readonly string[] =>
    program === 'etcd' ? etcdWords({ argv, environment, text: textOf(host) }) : argv;
  const argv = process?.argv.slice(1) ?? found?.argv ?? [];
  const running = process && readFlags(all(process.argv.slice(1)));
  const disk = found?.argv && readFlags(all(found.argv));
  const inForce = running ?? disk;
  return {
    ...(running && { running }),
    ...(disk && { disk }),
    ...(inForce && { inForce }),
    ...(found && { source: found.source }),
    ...(isElsewhere(program, argv, environment) && { elsewhere: true }),
    differs: running && disk ? differences(running, disk) : [],
  };
};

const differences = (a: Flags, b: Flags): readonly string[] =>
  [...new Set([...a.names, ...b.names])].filter(name => a.all(name).join(',') !== b.all(name).join(','));

/** OpenShift's components are told by one large file, and by few flags beside it. */
const isElsewhere = (program: string, argv: readonly string[], environment: ReadonlyMap<string, string>): boolean =>
  program === 'etcd'
    ? isToldElsewhere({ argv, environment })
    : argv.some(word => /^--?openshift-config(?:=|$)/.test(word));

const textOf =
  (host: HostChart) =>
  (path: string): string | undefined =>
    'value' in host.files ? host.files.value.find(file => file.path === path)?.text : undefined;

interface OnDisk {
  readonly argv?: readonly string[];
  readonly source: string;
  readonly environment?: ReadonlyMap<string, string>;
}

const onDisk = (host: HostChart, program: string): OnDisk | undefined => {
  for (const pod of staticPods(host)) {
    const container = containerOf(pod, program);
    if (container)
      return {
        argv: [...container.command, ...container.args].slice(1),
        source: pod.path,
        environment: new Map(Object.entries(container.env)),
      };
    if (pod.file.text === undefined && pod.path.endsWith(`/${program}.yaml`)) return { source: pod.path };
  }
  return fromUnit(host, program);
};

/** The unit in force: systemd looks in /etc first; drop-ins may replace ExecStart. */
const fromUnit = (host: HostChart, program: string): OnDisk | undefined => {
  const files = 'value' in host.files ? host.files.value : [];
  const fragments = [
    '/etc/systemd/system',
    '/usr/local/lib/systemd/system',
    '/lib/systemd/system',
    '/usr/lib/systemd/system',
  ].map(folder => files.find(file => file.path === `${folder}/${program}.service`));
  const unit = fragments.find(file => file !== undefined);
  if (!unit) return undefined;
  if (unit.text === undefined) return { source: unit.path };
  const dropIns = files
    .filter(file => file.path.includes(`/${program}.service.d/`))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const sections = [unit, ...dropIns].map(file => file.text ?? '');
  const environment = environmentOf(sections, files);
  let command = '';
  for (const line of sections.flatMap(logicalLines)) {
    const value = /^ExecStart\s*=\s*(.*)$/.exec(line)?.[1];
    if (value !== undefined) command = value;
  }
  const words = wordsOf(command);
  const argv = words.flatMap(word => expand(word, environment));
  if (argv.length === 0) return undefined;
  if (words.some(word => isOpen(word, environment)) && lacksFile(sections, files)) return { source: unit.path };
  // `sh -c '…'` starts it in a way that only a shell can tell.
  const named = argv.slice(0, 2).some(
    word =>
      word
        .replace(/^[-@:+!]+/, '')
        .split('/')
        .at(-1) === program,
  );
  return named ? { argv: argv.slice(1), source: unit.path, environment } : { source: unit.path };
};

const logicalLines = (text: string): readonly string[] =>
  text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map(line => line.trim());

const environmentOf = (
  sections: readonly string[],
  files: readonly { readonly path: string; readonly text?: string }[],
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const assign = (word: string): void => {
    const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
    if (name !== undefined && value !== undefined) found.set(name, value);
  };
  for (const line of sections.flatMap(logicalLines)) {
    const [, key, value] = /^(Environment|EnvironmentFile)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === 'Environment') wordsOf(value ?? '').forEach(assign);
    if (key !== 'EnvironmentFile') continue;
    const text = files.find(file => file.path === value?.replace(/^-/, ''))?.text ?? '';
    for (const each of logicalLines(text)) assign(each.replace(/^(\w+)=(["'])(.*)\2$/, '$1=$3'));
  }
  return found;
};

const isOpen = (word: string, environment: ReadonlyMap<string, string>): boolean =>
  [...word.matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)$)/g)].some(
    ([, braced, alone]) => !environment.has(braced ?? alone ?? ''),
  );

/** A file of variables that must be there, and whose text was not seen: what it sets is not known. */
const lacksFile = (
  sections: readonly string[],
  files: readonly { readonly path: string; readonly text?: string }[],
): boolean =>
  sections.flatMap(logicalLines).some(line => {
    const path = /^EnvironmentFile\s*=\s*(\/.*)$/.exec(line)?.[1];
    return path !== undefined && files.find(file => file.path === path)?.text === undefined;
  });

/** systemd.service(5): `$NAME` alone becomes several words, `${NAME}` one. */
const expand = (word: string, environment: ReadonlyMap<string, string>): readonly string[] => {
  const alone = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1];
  if (alone !== undefined) return wordsOf(environment.get(alone) ?? '');
  return [
    word
      .replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => environment.get(name) ?? '')
      .replaceAll('$$', '$')
      .replaceAll('%%', '%'),
  ];
};

/** Where the API server of this host listens. */
export const securePort = (server: HostChart): number =>
  Number(flagsOf(server, 'kube-apiserver').inForce?.get('secure-port') ?? apiserverPort);

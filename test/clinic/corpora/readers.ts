/**
 * Who takes apart what other builders wrote: by the source of each module, and by watching who reads a text while all
 * cases run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { ApiObject, Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart } from '../../../src/clinic/chart/host-chart.js';

const root = new URL('../../../', import.meta.url).pathname;

/** Texts of a chart that somebody wrote: files, a resolver's, rules of packet filters, containerd's, ConfigMaps. */
const reads: readonly (readonly RegExp[])[] = [
  [/(?<!\.)\.text\b(?!\()/],
  [/\{[^{}]*\btext\b[^{}]*\}\s*(?::\s*FileSeen|=\s*\w*[Ff]ile)/],
  [/\.resolvConf\b/],
  [/\.firewall\b/],
  [/read\(host\.containerd\)/],
  [/\bconfigmaps\b/, /'data'/],
];

/** What a finding shows is a text of ours, and a comment is none. */
const spoken = /(?:shows|shown)\b[^;]{0,160}?\.text\b|\/\*[\s\S]*?\*\/|\/\/.*$/gm;

export const isReader = (source: string): boolean => {
  const own = source.replace(spoken, '');
  return reads.some(all => all.every(one => one.test(own)));
};

/**
 * Modules that only carry texts along (of what is cut, in bundles, as harmful fixes in place), that edit them for a
 * therapy, and what explains pasted words.
 */
const carriers =
  /\/(?:explain|bundle|therapies|chart)\/|therapy\.ts$|\/examine\/(?:whole|empty|harmless|bad-cures)\.ts$/;

/** Paths of modules, from `src/` on. */
export const readers: readonly string[] = readdirSync(`${root}src/clinic`, { recursive: true, withFileTypes: true })
  .filter(one => one.isFile() && one.name.endsWith('.ts'))
  .map(one => `${one.parentPath}/${one.name}`.slice(root.length))
  .filter(path => !carriers.test(`/${path}`) && isReader(readFileSync(`${root}${path}`, 'utf8')))
  .sort();

/** The chart with every such text watched: whoever reads one is told to `seen`, by its module. */
export const watched = (chart: Chart, seen: (module: string) => void): Chart => ({
  ...chart,
  hosts: new Map([...chart.hosts].map(([name, host]) => [name, watchedHost(host, seen)])),
  api: { ...chart.api, objects: { ...chart.api.objects, ...watchedMaps(chart, seen) } },
});

type Seen = (module: string) => void;

const watchedHost = (host: HostChart, seen: Seen): HostChart => ({
  ...host,
  ...('value' in host.files && {
    files: { ...host.files, value: host.files.value.map(one => watching(one, ['text'], seen)) },
  }),
  ...('value' in host.firewall && {
    firewall: { ...host.firewall, value: watching(host.firewall.value, ['nft', 'legacy', 'foreign'], seen) },
  }),
  ...('value' in host.network && {
    network: { ...host.network, value: watching(host.network.value, ['resolvConf'], seen) },
  }),
  ...('value' in host.containerd && { containerd: watching(host.containerd, ['value'], seen) }),
});

const watchedMaps = (chart: Chart, seen: Seen) => {
  const { configmaps } = chart.api.objects;
  if (!configmaps || !('value' in configmaps)) return {};
  const value = configmaps.value.map((one): ApiObject => {
    const data: Record<string, string> = one.data ?? {};
    return { ...one, data: watching(data, Object.keys(data), seen) };
  });
  return { configmaps: { ...configmaps, value } };
};

/** A text that is empty holds nothing to take apart. */
const watching = <T extends object>(one: T, keys: readonly (keyof T)[], seen: Seen): T => {
  const made = { ...one };
  for (const key of keys) {
    const value = one[key];
    if (value === undefined || value === '') continue;
    Object.defineProperty(made, key, {
      enumerable: true,
      get: () => {
        const module = readerNow();
        if (module !== undefined) seen(module);
        return value;
      },
    });
  }
  return made;
};

/** What reads for others: it stands for whoever called it. */
const between = /\/src\/clinic\/read\/(?:yaml|evidence-reader|api-objects)\.ts/;

const readerNow = (): string | undefined => {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const lines = new Error().stack?.split('\n') ?? [];
  Error.stackTraceLimit = before;
  const line = lines.find(one => /\/src\//.test(one) && !between.test(one));
  const path = line && /.*\/(src\/[^:?)]+\.ts)/.exec(line)?.[1];
  return path !== undefined && !carriers.test(`/${path}`) ? path : undefined;
};

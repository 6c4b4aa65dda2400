/** Of what lies on a host, that which the collectors' own patterns bring along: a corpus shows no more than kw sees. */
import type { HostChart } from '../../../src/clinic/chart/host-chart.js';
import { looksFor } from '../../../src/clinic/read/looked-for.js';
import { places as certificates } from '../../../src/facts/chart/certificates.js';
import { programs } from '../../../src/facts/chart/chart-fact.js';
import { places as files, telling } from '../../../src/facts/chart/files.js';
import { places as keys } from '../../../src/facts/chart/keys.js';
import { places as kubeconfigs } from '../../../src/facts/chart/kubeconfigs.js';
import {
  folders,
  mounted,
  namedConfig,
  namedKubeconfig,
  namedPath,
  naming,
  namingToo,
} from '../../../src/facts/chart/prelude.js';
import { processOf } from './lay.js';

interface Named {
  readonly paths: ReadonlySet<string>;
  readonly kubeconfigs: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
}

export const gathered = (
  host: HostChart,
  lines: readonly string[],
  texts: Readonly<Record<string, string>>,
): HostChart => {
  const named = namedOn(lines, texts);
  const seen = (path: string, wanted: string, usual: string): boolean =>
    looksFor(wanted)(path) && (named.paths.has(path) || found(path) || globbed(usual, path));
  const only = <T extends { readonly path: string }>(
    all: readonly T[],
    { wanted, usual }: typeof files | typeof keys,
  ) => all.filter(({ path }) => seen(path, wanted, usual));
  if (!('value' in host.files && 'value' in host.certificates && 'value' in host.keys && 'value' in host.kubeconfigs))
    return host;
  return {
    ...host,
    files: {
      ...host.files,
      value: host.files.value
        .filter(({ path }) => named.settings.has(path) || seen(path, files.wanted, files.usual))
        .map(file => (shows(file.path, file.text) ? file : silent(file))),
    },
    certificates: { ...host.certificates, value: only(host.certificates.value, certificates) },
    keys: { ...host.keys, value: only(host.keys.value, keys) },
    kubeconfigs: {
      ...host.kubeconfigs,
      value: host.kubeconfigs.value.filter(
        ({ path }) => named.kubeconfigs.has(path) || seen(path, kubeconfigs.wanted, kubeconfigs.usual),
      ),
    },
  };
};

const silent = <T extends { readonly text?: string }>({ text: _, ...rest }: T) => rest;

const shows = (path: string, text = ''): boolean =>
  !/kubeconfig|\.csv$/.test(path) && (looksFor(files.shown)(path) || new RegExp(telling, 'm').test(text));

/** What the prelude finds named: by processes and the files that start them, and in what those name. */
const namedOn = (lines: readonly string[], texts: Readonly<Record<string, string>>): Named => {
  const known = lines.filter(line => programs.some(one => one === processOf(line).program));
  const joined = known.map(line =>
    line
      .replace(/^pod:/, '')
      .trim()
      .split(/\s+/)
      .join('\n')
      .replace(/^(--?[a-z][a-z-]*)\n/gm, '$1='),
  );
  const said = [...joined, ...textsAt(texts, path => naming.some(one => glob(one).test(path)))].join('\n');
  const first = all(said, namedPath);
  const more = [
    ...textsAt(texts, path => first.has(path) && looksFor(namingToo)(path)),
    ...Object.keys(texts).filter(path => mounted.some(name => first.has(path.replace(`/${name}`, '')))),
  ].join('\n');
  return {
    paths: new Set([...first, ...all(more, namedPath)]),
    kubeconfigs: new Set([...all(said, namedKubeconfig), ...all(more, namedKubeconfig)]),
    settings: all(said, namedConfig),
  };
};

const all = (text: string, pattern: string): ReadonlySet<string> =>
  new Set([...text.matchAll(new RegExp(pattern, 'gm'))].map(([hit]) => hit.slice(hit.indexOf('/'))));

const textsAt = (texts: Readonly<Record<string, string>>, is: (path: string) => boolean): readonly string[] =>
  Object.entries(texts).flatMap(([path, text]) => (is(path) ? [text] : []));

const found = (path: string): boolean => folders.some(folder => path.startsWith(`${folder}/`));

const globbed = (globs: string, path: string): boolean => globs.split(/\s+/).some(one => glob(one).test(path));

/** Of a list of names: `*` stays within a folder. */
const glob = (one: string): RegExp =>
  new RegExp(`^${one.replace(/[.+?^${}()|\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`);

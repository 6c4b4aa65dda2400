/** Every piece of evidence of a chart by name, and the chart without it. */
import { hostSections } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Evidence } from '../../src/model/fact.js';

/** `hosts/kw-1/files`, `api/nodes`, `api/version`. */
export const piecesOf = (chart: Chart): readonly string[] => [
  ...[...chart.hosts.keys()].flatMap(host => hostSections.map(section => `hosts/${host}/${section}`)),
  ...Object.keys(chart.api.objects).map(list => `api/${list}`),
  'api/version',
];

export const without = (chart: Chart, piece: string): Chart => {
  const [where, name = '', section = ''] = piece.split('/');
  if (where === 'hosts') {
    const host = chart.hosts.get(name);
    if (!host) return chart;
    const gone = taken(host[section as 'files'] as Evidence);
    return { ...chart, hosts: new Map(chart.hosts).set(name, { ...host, [section]: gone }) };
  }
  if (name === 'version') return { ...chart, api: { ...chart.api, version: taken(chart.api.version) } };
  const list = chart.api.objects[name];
  return list ? { ...chart, api: { ...chart.api, objects: { ...chart.api.objects, [name]: taken(list) } } } : chart;
};

const taken = <T>({ host, source, at }: Evidence<T>): Evidence<T> => ({
  host,
  source,
  at,
  missing: 'taken away by a test',
  kind: 'not-collected',
});

/** Which pieces a case read: its chart is watched. */
export const watched = (chart: Chart): { readonly chart: Chart; readonly read: ReadonlySet<string> } => {
  const read = new Set<string>();
  const watch = <T extends object>(evidence: T, piece: string): T =>
    new Proxy(evidence, {
      get: (target, key) => {
        if (key === 'value') read.add(piece);
        return Reflect.get(target, key);
      },
    });
  const hosts = new Map(
    [...chart.hosts].map(([name, host]) => [
      name,
      {
        ...host,
        ...Object.fromEntries(
          hostSections.map(section => [section, watch(host[section] as object, `hosts/${name}/${section}`)]),
        ),
      },
    ]),
  );
  const objects = Object.fromEntries(
    Object.entries(chart.api.objects).map(([list, evidence]) => [list, watch(evidence, `api/${list}`)]),
  );
  return { read, chart: { ...chart, hosts, api: { version: watch(chart.api.version, 'api/version'), objects } } };
};

/** Evidence with poison in it: every string of a chart that a case reads can be given a tail that a shell would run. */
import type { Chart } from '../../src/clinic/chart/chart.js';

export const marker = 'kwpoison';

/** One at a time; `tail` goes behind what was there, so that whoever reads only the beginning still reads on. */
export const poisons: readonly string[] = [
  `'; touch /root/${marker}; '`,
  `"; touch /root/${marker}; "`,
  `$(touch /root/${marker})`,
  `\`touch /root/${marker}\``,
  `\ntouch /root/${marker}\n`,
  ` -j ACCEPT; touch /root/${marker}; true`,
  ` --${marker}`,
  ` ${marker}${'x'.repeat(10_000)}`,
];

type Path = readonly (string | number)[];

/**
 * A chart that says which of its strings were read, each by its path. `spec` and `wanted` are the owner's own words.
 */
export const readStrings = (chart: Chart, use: (chart: Chart) => void): readonly Path[] => {
  const read = new Map<string, Path>();
  const seen = new WeakMap<object, object>();
  const watch = (value: unknown, path: Path): unknown => {
    if (value === null || typeof value !== 'object' || value instanceof RegExp) return value;
    const known = seen.get(value);
    if (known) return known;
    const proxy = new Proxy(value, {
      get: (target, key) => {
        const found = Reflect.get(target, key) as unknown;
        if (typeof key !== 'string' || typeof found === 'function') return found;
        const at = [...path, key];
        if (typeof found === 'string') read.set(at.join('\0'), at);
        return watch(found, at);
      },
    });
    seen.set(value, proxy);
    return proxy;
  };
  use({
    ...chart,
    hosts: new Map([...chart.hosts].map(([name, host]) => [name, watch(host, ['hosts', name]) as typeof host])),
    api: watch(chart.api, ['api']) as Chart['api'],
  });
  return [...read.values()];
};

/** Paths of one kind: the same field of any host, file or object. */
export const shapeOf = (path: Path): string =>
  path.map((key, index) => (/^\d+$/.test(String(key)) || (path[0] === 'hosts' && index === 1) ? '*' : key)).join('/');

/**
 * The chart with that one string poisoned: at its end, or in a text of several lines at the end of some value of it.
 */
export const poisoned = (chart: Chart, path: Path, poison: string, turn: number): Chart => {
  const put = (value: unknown, rest: Path): unknown => {
    if (rest.length === 0) return tainted(value as string, poison, turn);
    const [key = '', ...more] = rest;
    if (Array.isArray(value)) return value.map((each, index) => (String(index) === key ? put(each, more) : each));
    return { ...(value as object), [key]: put((value as Record<string, unknown>)[key], more) };
  };
  const [where, name = '', ...rest] = path;
  if (where !== 'hosts') return { ...chart, api: put(chart.api, path.slice(1)) as Chart['api'] };
  const host = chart.hosts.get(String(name));
  return host ? { ...chart, hosts: new Map(chart.hosts).set(String(name), put(host, rest) as typeof host) } : chart;
};

const tainted = (text: string, poison: string, turn: number): string => {
  const lines = text.split('\n');
  const values = lines.flatMap((line, index) => (/[:=]\s*\S|^\s*-\s+\S/.test(line) ? [index] : []));
  const at = values[turn % Math.max(1, values.length)];
  if (lines.length < 3 || at === undefined) return text + poison;
  // YAML between quotes may hold what a bare scalar may not.
  return lines.map((line, index) => (index === at ? withTail(line, poison) : line)).join('\n');
};

const withTail = (line: string, poison: string): string => {
  const [, head = '', value = ''] = /^(\s*-\s+|[^:=]*[:=]\s*)(.*)$/.exec(line) ?? [];
  return value === '' ? line + poison : `${head}${JSON.stringify(value.replace(/^["']|["']$/g, '') + poison)}`;
};

/** A chart as plain JSON and back: the same bytes for the same chart. */
import type { z } from 'zod';
import { isNestedDeeper } from '../../model/nesting.js';
import type { Chart } from '../chart/chart.js';
import type { MissingKind } from '../../model/fact.js';
import type { HostChart } from '../chart/host-chart.js';
import { objectShape, sectionShapes, specShape, stoppedShape, versionShape, wantedShape } from './chart-shape.js';

export const chartFormat = 'kubewizard-chart/1';

/** Hosts by name, keys in the order of the alphabet. */
export const chartToJson = (chart: Chart): string =>
  JSON.stringify(sorted({ format: chartFormat, ...chart, hosts: Object.fromEntries(chart.hosts) }));

/** Throws RangeError where the text is not a chart of this format. */
export const chartFromJson = (text: string): Chart => {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw new RangeError('it is not JSON: the file is damaged or cut off');
  }
  if (tree === null || typeof tree !== 'object' || (tree as { format?: unknown }).format !== chartFormat)
    throw new RangeError(`it is not a bundle of this program (${chartFormat})`);
  if (isNestedDeeper(tree)) throw new RangeError('it is nested deeper than any chart');
  const { format: _, hosts, ...rest } = tree as Record<string, unknown>;
  const api = rest.api as { version?: unknown; objects?: unknown } | undefined;
  if (
    hosts === null ||
    typeof hosts !== 'object' ||
    Array.isArray(hosts) ||
    typeof rest.now !== 'string' ||
    !isEvidence(api?.version) ||
    typeof api?.objects !== 'object'
  )
    throw new RangeError('parts of the chart are not there');
  for (const [part, shape] of Object.entries({ spec: specShape, wanted: wantedShape, stopped: stoppedShape }))
    if (rest[part] !== undefined && !shape.safeParse(rest[part]).success)
      throw new RangeError(`its part \`${part}\` is damaged, or of another version of kw`);
  if (Number.isNaN(Date.parse(rest.now))) throw new RangeError('it does not say when it was made');
  const all = Object.entries(hosts as Record<string, unknown>).map(
    ([name, host]) => [name, hostOf(name, host, rest.now as string)] as const,
  );
  return { ...rest, hosts: new Map(all), api: apiOf(api, rest.now) } as unknown as Chart;
};

const apiOf = (api: { readonly version?: unknown; readonly objects?: unknown } | undefined, at: string): unknown => ({
  version: readable(headed(api?.version, 'cluster', 'GET /version', at), 'GET /version', versionShape),
  objects: Object.fromEntries(
    Object.entries((api?.objects ?? {}) as object).map(([list, one]) => [
      list,
      isEvidence(one)
        ? readable(headed(one, 'cluster', list, at), list, objectShape.array())
        : { ...unread(list), missing: 'the bundle does not hold it', kind: 'not-collected' },
    ]),
  ),
});

/** Evidence in a form that no case can read is missing: it is never guessed at. */
const readable = (one: unknown, source: string, shape: z.ZodType): unknown =>
  'value' in (one as object) && !shape.safeParse((one as { readonly value: unknown }).value).success
    ? { ...unread(source), ...headOf(one) }
    : one;

const unread = (source: string) => ({
  host: 'cluster',
  source,
  at: '',
  missing: 'the bundle holds it in a form that nobody here can read',
  kind: 'unreadable',
});

/** As far as it has one. */
const headOf = (one: unknown): object =>
  Object.fromEntries(
    ['host', 'source', 'at'].flatMap(key => {
      const value = (one as Record<string, unknown>)[key];
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );

const sections = Object.keys(sectionShapes) as readonly (keyof typeof sectionShapes)[];

export const hostSections: readonly (keyof HostChart)[] = sections;

/** A section that the bundle lacks, or that is not evidence, is missing: never a crash, never a guess. */
const hostOf = (name: string, tree: unknown, now: string): HostChart => {
  const given = (tree !== null && typeof tree === 'object' ? tree : {}) as Record<string, unknown>;
  const absent = (source: string) => ({
    host: name,
    source,
    at: now,
    missing: 'the bundle does not hold it',
    kind: 'not-collected',
  });
  return {
    name,
    address: typeof given.address === 'string' ? given.address : '',
    roles: Array.isArray(given.roles) ? given.roles.filter(role => typeof role === 'string') : [],
    ...Object.fromEntries(
      sections.map(section => [
        section,
        isEvidence(given[section])
          ? readable(headed(given[section], name, section, now), section, sectionShapes[section])
          : absent(section),
      ]),
    ),
  } as unknown as HostChart;
};

/**
 * Evidence with a head that can be quoted. Bundles of before had the sentence alone of what is missing: that is for
 * people, so the kind is the one that promises nothing.
 */
const headed = (one: unknown, host: string, source: string, at: string): unknown => {
  const given = one as { readonly kind?: unknown };
  return {
    ...given,
    ...('missing' in given && typeof given.kind !== 'string' && { kind: 'not-collected' }),
    ...{ host, source, at },
    ...headOf(given),
  };
};

const isEvidence = (one: unknown): boolean =>
  one !== null &&
  typeof one === 'object' &&
  !Array.isArray(one) &&
  ('value' in one || typeof (one as { missing?: unknown }).missing === 'string');

/** A host of which nothing could be seen. */
export const unseenHost = (
  host: { readonly name: string; readonly address: string; readonly roles: readonly string[] },
  { why, kind }: { readonly why: string; readonly kind: MissingKind },
  at: string,
): HostChart =>
  ({
    ...host,
    ...Object.fromEntries(
      sections.map(section => [section, { host: host.name, source: section, at, missing: why, kind }]),
    ),
  }) as unknown as HostChart;

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
};

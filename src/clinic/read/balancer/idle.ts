/** After how long without a byte a haproxy cuts a connection to a backend. */
import { type Section, sectionsIn } from './haproxy.js';

export interface Idle {
  /** `timeout client 20s`, as it stands in the file. */
  readonly line: string;
  readonly seconds: number;
}

/**
 * The shortest that holds for connections through `backend`; undefined: none is set. Once bytes have gone both ways,
 * `timeout tunnel` takes the place of the other two (haproxy, configuration manual, 4.2).
 */
export const idleOf = (text: string, backend: string): Idle | undefined => {
  const all = inherited(sectionsIn(text));
  const own = all.find(one => one.name === backend && (one.kind === 'backend' || one.kind === 'listen'));
  const fronts = all.filter(one => one === own || (one.kind === 'frontend' && leadsTo(one, backend)));
  const tunnel = last(own?.lines ?? [], 'tunnel') ?? fronts.flatMap(one => last(one.lines, 'tunnel') ?? [])[0];
  if (tunnel) return tunnel;
  const sides = [
    ...fronts.flatMap(one => last(one.lines, 'client') ?? []),
    ...[last(own?.lines ?? [], 'server') ?? []].flat(),
  ];
  return sides.sort((a, b) => a.seconds - b.seconds)[0];
};

/** Each section with the lines of the defaults that it is built on. */
const inherited = (sections: readonly Section[]): readonly Section[] => {
  let defaults: Section | undefined;
  const named = new Map<string, Section>();
  return sections.map(section => {
    const base = section.from === undefined ? defaults : named.get(section.from);
    if (section.kind !== 'defaults') return { ...section, lines: [...(base?.lines ?? []), ...section.lines] };
    defaults = section.from === undefined ? section : { ...section, lines: [...(base?.lines ?? []), ...section.lines] };
    if (section.name !== '') named.set(section.name, defaults);
    return section;
  });
};

const leadsTo = (front: Section, backend: string): boolean =>
  front.lines.some(([word, to]) => (word === 'default_backend' || word === 'use_backend') && to === backend);

const last = (lines: Section['lines'], side: 'client' | 'server' | 'tunnel'): Idle | undefined => {
  const found = lines.findLast(([word, what]) => word === 'timeout' && what === side);
  const seconds = found?.[2] === undefined ? undefined : secondsIn(found[2]);
  return found && seconds !== undefined ? { line: found.slice(0, 3).join(' '), seconds } : undefined;
};

const units: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };

/** `20s`, `1h30m`; a bare number is in milliseconds, and 0 is no limit. undefined: not read here. */
const secondsIn = (text: string): number | undefined => {
  if (!/^(?:\d{1,12}(?:us|ms|[smhd]))+$|^\d{1,12}$/.test(text)) return undefined;
  const sum = [...text.matchAll(/(\d+)(us|ms|[smhd])?/g)].reduce(
    (total, [, number, unit = 'ms']) => total + Number(number) * (units[unit] ?? 0),
    0,
  );
  return sum === 0 ? undefined : sum;
};

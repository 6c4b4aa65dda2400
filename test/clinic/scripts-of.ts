/**
 * Everything of a therapy that a host would run: scripts of its wants, of their questions and of their actions, and
 * what units start.
 */
import type { Therapy } from '../../src/clinic/case.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { type AnyKind, kindsAt } from '../../src/resources/index.js';
import { scriptsOfKind } from '../resources/scripts.js';
import { marker } from './poisoned-chart.js';

const kinds: Readonly<Record<string, AnyKind>> = kindsAt(() => new Date('2026-01-01T00:00:00Z'));
const fields = new Set(['script', 'find', 'remove', 'guard', 'startGuard', 'keep', 'back', 'unless', 'run', 'undo']);

/** Scripts by where they stand. */
export const scriptsOf = ({ want }: Therapy): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const one of want) {
    scriptsIn(one.want, `${one.kind} ${one.key}`, found);
    const kind = kinds[one.kind];
    if (!kind) throw new Error(`no kind is named ${one.kind}`);
    for (const [at, script] of scriptsOfKind(kind, one.key, one.want))
      found.set(`${one.kind} ${one.key}: ${at}`, script);
  }
  return found;
};

const scriptsIn = (value: unknown, at: string, found: Map<string, string>): void => {
  if (value === null || typeof value !== 'object') return;
  for (const [key, each] of Object.entries(value))
    if (typeof each === 'string' && fields.has(key)) found.set(`${at}: ${key}`, each);
    else scriptsIn(each, `${at}: ${key}`, found);
};

/** Files that start programs by themselves: units, timers, what cron reads, containers' command lines. */
export const startersOf = ({ want }: Therapy): readonly (readonly [{ host: string; path: string }, string])[] =>
  want.flatMap(({ kind, host, key: path, want: wanted }) =>
    kind === 'file' && /\.(service|timer|socket|mount|conf)$|^\/etc\/cron|\/systemd\//.test(path)
      ? [[{ host, path }, textOf((wanted as { readonly content?: unknown }).content)] as const]
      : [],
  );

const textOf = (content: unknown): string =>
  Array.isArray(content)
    ? content.map(part => (typeof part === 'string' ? part : JSON.stringify(part))).join('')
    : String(content ?? '');

/**
 * Lines with the poison that did not stand in that very file of that very host: what did, starts there already. A flag
 * of plain words may have come or gone beside it.
 */
export const planting = (text: string, host: HostChart | undefined, path: string): readonly string[] => {
  const files = host && 'value' in host.files ? host.files.value : [];
  const stood = new Set((files.find(file => file.path === path)?.text ?? '').split('\n').map(withoutFlags));
  return text.split('\n').filter(line => line.includes(marker) && !stood.has(withoutFlags(line)));
};

const withoutFlags = (line: string): string => line.replace(/ --[a-z][a-z0-9-]*=[\w.,:/@+*-]*(?= |$)/g, '');

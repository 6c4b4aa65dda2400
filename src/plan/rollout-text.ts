import type { LeftOut, Plan, Wave } from '../model/plan.js';
import { marked } from '../shell/terminal.js';
import { drainLines } from './drain/text.js';
import { hostsInWords } from './hosts-in-words.js';

/**
 * The rollout for people: `etcd: kw-1, kw-2, kw-3 one after another`. A single restart of a single host needs no order.
 */
export function rolloutLines({ rollout }: Pick<Plan, 'rollout'>): readonly string[] {
  const waves = rollout?.waves ?? [];
  const due = waves.flatMap(wave => wave.before.filter(({ probe }) => probe === 'etcd-backup').map(({ says }) => says));
  const final = waves.flatMap(({ back }) => ('pointOfNoReturn' in back ? [back.pointOfNoReturn] : []));
  if (due.length + final.length === 0 && new Set(waves.flatMap(wave => wave.hosts)).size < 2) return [];
  return [
    due.length > 0
      ? 'Restarts, in this order; the first that fails stops all after it:'
      : 'Restarts, in waves; the first that fails stops the later ones of the control planes, or of the nodes:',
    ...due.map(says => `  before the first: ${says}`),
    ...alike(waves).flatMap(groupLines),
    ...final.map(says => `  point of no return: ${says}`),
    ...drainLines(waves, rollout?.drains ?? []),
    '',
  ];
}

/** Neighbours that restart the same are told on one line. */
function alike(waves: readonly Wave[]): readonly (readonly Wave[])[] {
  const groups: Wave[][] = [];
  for (const wave of waves) {
    const last = groups.at(-1);
    if (last?.[0] && names(last) === names([wave])) last.push(wave);
    else groups.push([wave]);
  }
  return groups;
}

const names = ([wave]: readonly Wave[]): string => (wave?.programs ?? []).toSorted().join(', ');

/** `etcd: kw-1, kw-2 one after another`; several sorts of turns on lines of their own. */
function groupLines(group: readonly Wave[]): readonly string[] {
  const parts: { readonly hosts: string[]; readonly how: string }[] = [];
  for (const [at, { hosts, width, zone }] of group.entries()) {
    const goesAhead = width === 1 && hosts.length === 1 && (group[at + 1]?.width ?? 1) > 1;
    const where = zone === undefined ? '' : ` (zone ${marked(zone)})`;
    const how = goesAhead ? 'first alone' : width > 1 ? `up to ${width} hosts at a time${where}` : 'one after another';
    const last = parts.at(-1);
    if (last?.how === how) last.hosts.push(...hosts);
    else parts.push({ hosts: [...hosts], how });
  }
  const words = parts.map(({ hosts, how }) =>
    hosts.length === 1 && how === 'one after another' ? hostsInWords(hosts) : `${hostsInWords(hosts)} ${how}`,
  );
  return words.length === 1
    ? [`  ${names(group)}: ${words[0]}`]
    : [`  ${names(group)}:`, ...words.map(line => `    ${line}`)];
}

/** What must wait, and for what: `skipped 3 resources: etcd on kw-3 was not seen: …`. */
export function waitingLines(leftOut: readonly LeftOut[]): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { why, rule } of leftOut) if (rule) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [...reasons].map(([why, count]) => `skipped ${resourcesText(count)}: ${why}`);
}

export const resourcesText = (count: number): string => `${count} ${count === 1 ? 'resource' : 'resources'}`;

import type { LeftOut, Plan, Wave } from '../model/plan.js';
import { hostsInWords } from './hosts-in-words.js';

/** The rollout for people: `etcd: kw-1, kw-2, kw-3 one after another`. A single restart of a single host needs no order. */
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
    ...alike(waves).map(group => `  ${names(group)}: ${turns(group)}`),
    ...final.map(says => `  point of no return: ${says}`),
    ...(waves.some(wave => wave.programs.includes('kubelet'))
      ? ['  pods keep running while their kubelet restarts']
      : []),
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

/** `kw-1 to kw-3 one after another, then up to 5 hosts at a time: kw-[5-24]`. */
function turns(waves: readonly Wave[]): string {
  const parts: { readonly width: number; readonly hosts: string[] }[] = [];
  for (const { hosts, width } of waves) {
    const last = parts.at(-1);
    const now = width === 1 ? 1 : Math.max(width, last?.width ?? 0);
    if (last && (width === 1) === (last.width === 1))
      parts.splice(-1, 1, { width: now, hosts: [...last.hosts, ...hosts] });
    else parts.push({ width: now, hosts: [...hosts] });
  }
  return parts
    .map(({ width, hosts }) =>
      width > 1
        ? `up to ${width} hosts at a time: ${hostsInWords(hosts)}`
        : `${hostsInWords(hosts)}${hosts.length > 1 ? ' one after another' : ''}`,
    )
    .join(', then ');
}

/** What must wait, and for what: `skipped 3 resources: etcd on kw-3 was not seen: …`. */
export function waitingLines(leftOut: readonly LeftOut[]): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { why, rule } of leftOut) if (rule) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [...reasons].map(([why, count]) => `skipped ${resources(count)}: ${why}`);
}

export const resources = (count: number): string => `${count} ${count === 1 ? 'resource' : 'resources'}`;

import { createColors } from 'picocolors';
import type { Plan, Step } from '../model/plan.js';
import { clusterHost, worst } from '../model/resource.js';
import { marked } from '../shell/terminal.js';
import { onlyReloads, stepLines } from './change-text.js';
import { estimate, inWords, whySoLong } from './estimate.js';
import { fold } from './fold.js';
import { hostsInWords } from './hosts-in-words.js';
import { unseenInWords } from './unseen-hosts.js';
import { resourcesText, rolloutLines, waitingLines } from './rollout-text.js';
import { wrapped } from './wrap.js';

export interface TextOptions {
  readonly color: boolean;
  /** Columns: longer lines of a diff are cut, others go on in the next line. Infinity: not a terminal. */
  readonly width: number;
  /** Contents of new files as well, and why each thing is wanted. */
  readonly verbose: boolean;
}

/** The plan for people: per host what would change, what restarts, the risk, the time. */
export function planText(plan: Plan, options: TextOptions): string {
  const color = createColors(options.color);
  const shown = (step: Step, verbatim: boolean) => stepLines(step, !verbatim, { ...options, color: false });
  const groups = fold(plan.steps, options.verbose, shown).flatMap(({ hosts, steps }) => [
    color.bold(headline(hosts)),
    ...steps.flatMap(({ step, verbatim }) => stepLines(step, hosts.length > 1 && !verbatim, options)),
    '',
  ]);
  const told = [...rolloutLines(plan), ...notSeen(plan), summary(plan)];
  const lines = [
    ...groups.map(line => cut(line, options.width)),
    ...told.flatMap(line => wrapped(line, options.width)),
  ];
  return `${lines.join('\n')}\n`;
}

const headline = (hosts: readonly string[]): string =>
  hosts.length === 1
    ? hosts[0] === clusterHost
      ? 'in the API'
      : `on ${hosts[0]}`
    : `on ${hosts.length} hosts: ${hostsInWords(hosts)}`;

function summary(plan: Plan): string {
  const { steps, examined, unseen } = plan;
  const dark = unseen.length > 0 ? ` Not seen: ${hostsInWords(unseen.map(({ host }) => host))}.` : '';
  if (steps.length === 0) {
    const where = dark === '' ? 'No changes.' : 'No changes on the hosts that were seen:';
    return `${where} ${resourcesText(examined)} ${examined === 1 ? 'matches' : 'match'}.${dark}`;
  }
  const parts = [
    `${steps.length} of ${resourcesText(examined)} would change ${where(steps)}`,
    restarts(plan),
    `risk: ${worst(steps.map(step => step.risk))}`,
    `${inWords(estimate(plan))}${whySoLong(plan)}`,
  ];
  return `${parts.filter(Boolean).join(', ')}${dark && `.${dark}`}`;
}

/** The API is no host. */
function where(steps: readonly Step[]): string {
  const names = new Set(steps.map(step => step.host));
  const [api, hosts] = [names.delete(clusterHost), names.size];
  return [...(hosts > 0 ? [`on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`] : []), ...(api ? ['in the API'] : [])].join(
    ' and ',
  );
}

/** `restarts: kubelet.service on 5 hosts, reloads: kw-haproxy.service on 3 hosts`. */
function restarts({ steps }: Plan): string {
  const of = (word: string, some: readonly Step[]): string => {
    const units = new Map<string, number>();
    for (const { key } of some) units.set(key, (units.get(key) ?? 0) + 1);
    const words = [...units].map(([unit, count]) => `${unit} on ${count} ${count === 1 ? 'host' : 'hosts'}`);
    return words.length === 0 ? '' : `${word}: ${words.join(', ')}`;
  };
  const owed = steps.filter(step => step.changes.some(change => change.verb === 'restart'));
  return [
    of(
      'restarts',
      owed.filter(step => !onlyReloads(step)),
    ),
    of('reloads', owed.filter(onlyReloads)),
  ]
    .filter(Boolean)
    .join(', ');
}

function notSeen({ unseen, leftOut = [] }: Plan): readonly string[] {
  const hidden = leftOut.filter(({ rule }) => rule === undefined).length;
  const lines = [
    ...unseenInWords(unseen).map(line => `could not see ${marked(line)}`),
    ...(hidden > 0 ? [`skipped ${resourcesText(hidden)}, which could not be seen, or need what could not`] : []),
    ...waitingLines(leftOut),
  ];
  return lines.length > 0 ? [...lines, ''] : [];
}

/** Colours take no columns. */
function cut(line: string, width: number): string {
  const bare = line.replace(/\x1b\[\d+m/g, '');
  if (bare.length <= width || width < 20) return line;
  let [shown, at] = [0, 0];
  while (at < line.length && shown < width - 1) {
    const paint = /^\x1b\[\d+m/.exec(line.slice(at, at + 6))?.[0];
    if (paint) at += paint.length;
    else {
      at++;
      shown++;
    }
  }
  return `${line.slice(0, at)}…${line === bare ? '' : '\x1b[0m'}`;
}

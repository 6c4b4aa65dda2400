/** One picture of a run for a terminal: a line per host that does something or has failed, numbers for the rest. */
import pc from 'picocolors';
import { count, cut, duration, oneLine } from '../words.js';
import { hostLine, moodOf, type Mood } from './host-line.js';
import { proofLine } from './proof-line.js';
import type { HostProgress, Progress } from './state.js';

export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

/** @param now Milliseconds since 1970. */
export const frame = (state: Progress, canvas: Canvas, now: number): string => {
  const notes = state.notes.map(note =>
    cut(`  ${note.host ? `${oneLine(note.host)}: ` : ''}${oneLine(note.says)}`, canvas.width),
  );
  const proofs = state.proofs.map(proof => proofLine(proof, canvas));
  const rows = Math.max(3, canvas.height - notes.length - proofs.length - 4);
  const all = [...state.hosts.values()];
  const shown = choose(all, rows);
  const names = Math.min(24, Math.max(0, ...shown.map(host => oneLine(host.name).length)));
  const colors = pc.createColors(canvas.color);
  return [
    header(state, canvas, now),
    ...shown.map(host => hostLine(host, { ...canvas, names, now })),
    ...rest(all.filter(host => !shown.includes(host))).map(line => colors.dim(cut(line, canvas.width))),
    ...proofs,
    ...notes.map(colors.dim),
  ].join('\n');
};

const header = ({ run, hosts, mended, converged }: Progress, canvas: Canvas, now: number): string => {
  const colors = pc.createColors(canvas.color);
  if (!run) return colors.bold(`connecting to ${count(hosts.size, 'host')}`);
  const title = `${run.command} ${oneLine(run.cluster)}`;
  const facts =
    `  ${duration((now - run.since) / 1000)}  ${mended + converged} of ${count(run.steps, 'step')}  run ` +
    `${oneLine(run.id)}`;
  return colors.bold(cut(title, canvas.width)) + colors.dim(cut(facts, Math.max(0, canvas.width - title.length)));
};

const urgency: readonly Mood[] = ['failed', 'lost', 'working', 'connecting', 'idle', 'done'];

/** All, where there is room; else the most urgent, in the order of the cluster file so that lines do not jump. */
const choose = (hosts: readonly HostProgress[], rows: number): readonly HostProgress[] => {
  if (hosts.length <= rows) return hosts;
  const since = (host: HostProgress): number => host.active[0]?.since ?? Number.POSITIVE_INFINITY;
  const worthALine = hosts
    .filter(host => ['failed', 'lost', 'working'].includes(moodOf(host)))
    .sort((a, b) => urgency.indexOf(moodOf(a)) - urgency.indexOf(moodOf(b)) || Math.sign(since(a) - since(b)) || 0);
  const chosen = new Set(worthALine.slice(0, rows - 1));
  return hosts.filter(host => chosen.has(host));
};

const rest = (hosts: readonly HostProgress[]): readonly string[] => {
  if (hosts.length === 0) return [];
  const words: Readonly<Record<Mood, string>> = {
    failed: 'failed',
    lost: 'lost',
    working: 'working',
    connecting: 'connecting',
    idle: 'waiting',
    done: 'done',
  };
  const counts = urgency
    .map(mood => [mood, hosts.filter(host => moodOf(host) === mood).length] as const)
    .filter(([, amount]) => amount > 0);
  return [
    `  and ${count(hosts.length, 'other host')}: ` +
      `${counts.map(([mood, amount]) => `${amount} ${words[mood]}`).join(', ')}`,
  ];
};

/** What a rehearsal has shown, for people: what breaks first, then what it was that was tried. */
import { createColors } from 'picocolors';
import type { Break } from '../../preflight/rehearsal.js';
import { marked } from '../../shell/terminal.js';
import type { RehearsalReport } from '../../workflow/rehearse.js';

export const rehearsalText = (report: RehearsalReport, colors: boolean): string => {
  const { cluster, from, to, host, backup, readyAfter, breaks, versionsGone, untried, kinds, objects } = report;
  const color = createColors(colors);
  const what = `${cluster}: ${from} → ${to}, rehearsed on ${host} with ${backup}`;
  const tried =
    `${objects} objects of ${kinds} kinds were read by both; ` +
    `${from} was ready after ${readyAfter.now} s, ${to} ${readyIn(readyAfter.next)}`;
  const lines = [
    breaks.length === 0
      ? color.green(marked(`${what}: nothing breaks`))
      : color.bold(color.red(marked(`${what}: ${counted(breaks.length, 'thing')} would break`))),
    ...breaks.flatMap(one => breakText(one, to)).map(line => `  ${marked(line)}`),
    marked(breaks.some(({ what: each }) => notTried.has(each)) ? `${to} ${readyIn(readyAfter.next)}` : tried),
    ...(versionsGone.length > 0
      ? [marked(`${to} does not serve ${versionsGone.join(', ')} any more: kw upgrade --check says who asks`)]
      : []),
    ...untried.map(({ kind, why }) => marked(`not tried: ${kind}: not even ${from} could list it here: ${why}`)),
    'Not rehearsed: kubelets, controllers, webhooks, and what a drain meets: kw upgrade --check',
  ];
  return `${lines.join('\n')}\n`;
};

const notTried: ReadonlySet<Break['what']> = new Set(['no-start', 'not-ready']);
const readyIn = (seconds: number | undefined): string =>
  seconds === undefined ? 'never became ready' : `after ${seconds} s`;
const counted = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

const breakText = (one: Break, to: string): readonly string[] => {
  switch (one.what) {
    case 'no-start':
      return [`the API server ${to} does not start with these flags and data:`, ...quoted(one.log)];
    case 'not-ready':
      return [`the API server ${to} does not become ready: ${one.failing.join(', ')}`, ...quoted(one.log)];
    case 'kind-gone':
      return [`${one.kind}: ${counted(one.objects, 'object')} of a kind that ${to} does not serve`];
    case 'unreadable':
      return [`${one.kind}: ${counted(one.objects, 'object')} that ${to} cannot list: ${one.why}`];
    case 'fewer':
      return [`${one.kind}: ${one.before} objects, of which ${to} lists ${one.after}`];
  }
};

const quoted = (log: string): readonly string[] => log.split('\n').map(line => `  ${line}`);

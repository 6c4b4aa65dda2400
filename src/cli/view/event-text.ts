/** Events outside of a run as a person reads them: the text of each, and on which stream. */
import { hostsInWords } from '../../plan/hosts-in-words.js';
import { planText } from '../../plan/text.js';
import type { EventBody } from '../../model/event.js';
import { escapeForTerminal, marked } from '../../shell/terminal.js';
import { startedText, testText } from './conformance.js';
import { diagnosticsText } from './diagnostics.js';
import { failureText } from './failure.js';
import { preflightText } from './preflight.js';
import { needsText, phaseText } from './rotate.js';
import { takenBackText } from './taken-back.js';

export interface EventTextOptions {
  readonly color: boolean;
  readonly errorColor: boolean;
  readonly width: number;
}

/** A result belongs to stdout, everything about its making to stderr. */
export interface EventText {
  readonly to: 'out' | 'err';
  readonly text: string;
}

/** undefined: it is drawn elsewhere, or not at all. */
export const eventText = (event: EventBody, options: EventTextOptions): EventText | undefined => {
  const result = resultText(event, options);
  if (result !== undefined) return { to: 'out', text: result };
  if (event.type === 'preflight') return { to: 'err', text: preflightText(event.findings, options.errorColor) };
  const aside = asideText(event);
  return aside === undefined ? undefined : { to: 'err', text: `${aside}\n` };
};

const resultText = (event: EventBody, { color, width }: EventTextOptions): string | undefined => {
  switch (event.type) {
    case 'plan':
      return planText(event.plan, { color, width, verbose: false });
    case 'file-change':
      return event.written
        ? undefined
        : marked(event.path)
            .concat('\n', ...event.lines.map(line => `  ${line.sign} ${escapeForTerminal(line.text)}\n`))
            .concat('\n');
    case 'therapy-proposed':
      return therapyText(event);
    case 'rotation-phase':
      return phaseText(event);
    case 'rotation-needs':
      return needsText(event);
    case 'conformance-started':
      return `${marked(startedText(event))}\n`;
    case 'conformance-test':
      return `${testText(event)}\n`;
    default:
      return undefined;
  }
};

/** What is told about the making, without its last newline. */
const asideText = (event: EventBody): string | undefined => {
  switch (event.type) {
    case 'warning':
      return diagnosticsText([event.problem], { line: event.line });
    case 'failure':
      return failureText(event.failure);
    case 'artifact-progress':
      return marked(event.says);
    case 'note':
      return marked(`${event.host ? `${event.host}: ` : ''}${event.says}`);
    case 'taken-back':
      return marked(takenBackText(event));
    case 'reviving':
      return marked(revivingText(event));
    case 'file-change':
      return event.written ? marked(`wrote ${event.path}`) : undefined;
    case 'etcd-saved':
      return marked(savedText(event));
    case 'consent-refused':
      return event.goesOn ? undefined : 'nothing was done';
    case 'stopping':
      return `\nstopping after the current actions; once more to stop at once (${event.command} goes on from here)`;
    default:
      return undefined;
  }
};

const revivingText = (event: Extract<EventBody, { type: 'reviving' }>): string => {
  const { ended, hosts, since, awaits, without } = event;
  const what =
    since === undefined
      ? 'Controllers are held since a revival that was cut off: it goes on.'
      : `${ended} certificates on ${hostsInWords(hosts)} have ended, the first on ${since.slice(0, 10)}: the cluster ` +
        'is revived.';
  const rest =
    without.length === 0 ? '' : ` ${hostsInWords(without)} is not waited for: its pods will be taken from it.`;
  return (
    `${what} Controller manager and scheduler are held; etcd comes first, then the API servers, then the kubelets; ` +
    `the controllers start when ${hostsInWords(awaits)} report again, so that no pod is evicted. No data are ` +
    `changed.${rest}`
  );
};

const therapyText = (event: Extract<EventBody, { type: 'therapy-proposed' }>): string => {
  const backup = event.backup ? '; a backup of etcd is made first' : '';
  return (
    `${event.case} on ${marked(`${event.host}: ${event.says}`)}\n` +
    `  therapy: ${marked(event.title)} (risk: ${event.risk}${backup})\n`
  );
};

const savedText = ({ host, path, sha256, bytes }: Extract<EventBody, { type: 'etcd-saved' }>): string => {
  if (host === undefined)
    return `no member of etcd gives a snapshot now; the one from before this upgrade is whole: ${path}`;
  const size = `${Math.ceil(bytes / 2 ** 20)} MiB, whole by its SHA-256 ${sha256.slice(0, 16)}…`;
  return `the cluster's data of ${host} are saved here: ${path} (${size}; it holds all the cluster's secrets)`;
};

/** One step, as lines for people. */
import { createColors } from 'picocolors';
import { stringify } from 'yaml';
import type { Step } from '../model/plan.js';
import type { Change } from '../model/resource.js';
import { traitsOf } from '../resources/index.js';
import { marked } from '../shell/terminal.js';
import { isNewText } from './fold.js';
import { lineDiff, type Line } from './line-diff.js';

const longest = 200;

export function stepLines(
  step: Step,
  many: boolean,
  { color, verbose }: { readonly color: boolean; readonly verbose: boolean },
): readonly string[] {
  const paint = createColors(color);
  const own = (text: string): string =>
    marked(many && step.host.length > 1 ? text.replaceAll(step.host, '<host>') : text);
  const sign = signOf(step);
  const mark = sign === '+' ? paint.green(sign) : sign === '-' ? paint.red(sign) : paint.yellow(sign);
  const risk = step.risk === 'none' ? '' : paint.red(`  [${onlyReloads(step) ? 'reload' : step.risk}]`);
  const head = `  ${mark} ${step.kind} ${own(step.key)}${risk}${verbose ? paint.dim(`  ${own(step.because)}`) : ''}`;
  return [
    head,
    ...step.changes.flatMap(change => changeLines(change, verbose)).map(line => `      ${painted(line, own, paint)}`),
  ];
}

/** What the service is owed is that it reads files again: it goes on with the connections that it has. */
export const onlyReloads = ({ changes }: Pick<Step, 'changes'>): boolean =>
  changes.some(change => change.reloads) && changes.every(({ verb, reloads }) => verb !== 'restart' || reloads);

/** + the thing is new, - it goes, ! it restarts, ~ something of it changes, be it a field that comes or goes. */
function signOf({ kind, changes }: Step): '+' | '-' | '!' | '~' {
  if (changes.some(change => change.verb === 'restart')) return '!';
  const { whole } = traitsOf(kind);
  if (whole !== undefined) return signOfPart(changes, whole);
  if (changes.every(change => change.verb === 'create')) return '+';
  return changes.some(change => change.verb === 'delete') ? '-' : '~';
}

/** What is there has fields; where it is new or goes, it does so as a whole. */
const signOfPart = (changes: readonly Change[], whole: string): '+' | '-' | '~' => {
  const change = changes.find(({ field }) => field === whole);
  return change === undefined ? '~' : change.verb === 'create' ? '+' : '-';
};

/** Short values on one line, long ones as a diff. Of what is new only the size, unless asked for. */
function changeLines(change: Change, verbose: boolean): readonly Line[] {
  const { field, from, to, verb } = change;
  const [before, after] = [written(from), written(to)];
  if ((isNewText(change) || (field === 'object' && verb === 'create')) && !verbose)
    return [plain(`${field}: ${count(after ?? '')}`)];
  if (before !== undefined && before === after) return [plain(`${field}: a hidden value changes`)];
  const isText = [before, after].some(text => text?.includes('\n'));
  if (!isText) return [plain(`${field}: ${before === undefined ? '' : `${before} → `}${after ?? 'none'}`)];
  const lines = lineDiff(before, after);
  return [
    plain(`${field}:`),
    ...lines.slice(0, longest),
    ...(lines.length > longest ? [plain(`… ${lines.length - longest} more lines`)] : []),
  ];
}

const plain = (text: string): Line => ({ sign: '', text });
const count = (text: string): string => {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return `${lines} ${lines === 1 ? 'line' : 'lines'}`;
};

const written = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'object' && value !== null ? stringify(value) : String(value);

function painted({ sign, text }: Line, own: (text: string) => string, paint: ReturnType<typeof createColors>): string {
  const line = own(text);
  if (sign === '+') return paint.green(`+${line}`);
  if (sign === '-') return paint.red(`-${line}`);
  return sign === '@' ? paint.dim(`@ ${line}`) : `${sign}${line}`;
}

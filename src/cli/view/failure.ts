/** A failure of the world, for people. */
import type { Failure } from '../../model/event.js';
import { escapeForTerminal, marked } from '../../shell/terminal.js';

const classes: Readonly<Record<Failure['class'], string>> = {
  unreachable: 'unreachable',
  auth: 'login refused',
  timeout: 'too slow',
  exit: 'failed',
  refused: 'refused',
  drift: 'changed since the plan',
  unproven: 'done, but not proven',
  locked: 'locked',
};

/** `kw-2: unreachable: connection refused (step kw-2/file//etc/x)`, and the next act on lines of its own. */
export const failureText = (failure: Failure): string => {
  const { host, hosts } = failure;
  const where = hosts ? `${hosts.length} hosts: ` : host === undefined ? '' : `${host}: `;
  const which = hosts ? `: ${hosts.join(', ')}` : '';
  const step = failure.step === undefined ? '' : ` (step ${failure.step})`;
  const help = failure.help === undefined ? [] : [indent(escapeForTerminal(`do: ${failure.help}`))];
  const what = `${classes[failure.class]}: ${failure.message.trim()}${step}`;
  return [marked(`${where}${what}${which}`), ...help].join('\n');
};

const indent = (text: string): string =>
  text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n');

/** What stands in the way of a build, host by host. */
import { createColors } from 'picocolors';
import type { HostFinding } from '../../model/event.js';
import { escapeForTerminal } from '../../shell/terminal.js';

export function preflightText(findings: readonly HostFinding[], colored: boolean): string {
  const color = createColors(colored);
  return findings
    .map(
      ({ host, severity, code, says, help }) =>
        `${severity === 'error' ? color.red('error') : color.yellow('warning')} ${host}: ` +
        `${escapeForTerminal(says)} [${code}]\n  ${color.dim(`help: ${help}`)}\n`,
    )
    .join('');
}

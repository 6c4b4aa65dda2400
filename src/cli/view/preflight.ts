/** What stands in the way of a build: each finding once, with its hosts in the order of the file. */
import { createColors } from 'picocolors';
import type { HostFinding } from '../../model/event.js';
import { hostsInWords } from '../../plan/hosts-in-words.js';
import { marked } from '../../shell/terminal.js';

export function preflightText(findings: readonly HostFinding[], colored: boolean): string {
  const color = createColors(colored);
  const same = new Map<string, HostFinding & { readonly hosts: string[] }>();
  for (const finding of findings) {
    const { host, ...what } = finding;
    const key = JSON.stringify(what);
    const known = same.get(key);
    if (known) known.hosts.push(host);
    else same.set(key, { ...finding, hosts: [host] });
  }
  return [...same.values()]
    .map(
      ({ hosts, severity, code, says, help }) =>
        `${severity === 'error' ? color.red('error') : color.yellow('warning')} ${marked(hostsInWords(hosts))}: ` +
        `${marked(says)} [${code}]\n  ${color.dim(`help: ${marked(help)}`)}\n`,
    )
    .join('');
}

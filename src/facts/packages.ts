import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { type Script, sh } from '../shell/sh.js';

export interface PackagesState {
  /** Absent: a host with neither dpkg nor rpm. */
  readonly tool: 'dpkg' | 'rpm' | 'none';
  readonly installed: readonly string[];
}

/** Which of these packages are installed, by one question to the package manager. */
export const packages = (group: string, names: readonly string[]): Fact<PackagesState> => ({
  id: `packages:${group}`,
  question: { ask: 'host', script: script(names) },
  parse: output => read(`packages:${group}`, names, output),
});

const script = (names: readonly string[]): Script =>
  names.length === 0
    ? sh`echo dpkg`
    : sh`if command -v dpkg-query >/dev/null; then echo dpkg
dpkg-query -W -f='\${db:Status-Abbrev}\${Package}\\n' -- ${names} 2>/dev/null
elif command -v rpm >/dev/null; then echo rpm
rpm -q --qf 'ii %{NAME}\\n' -- ${names} | grep '^ii '
else echo none; fi`;

function read(id: string, names: readonly string[], output: string): PackagesState {
  const [tool, ...lines] = output.split('\n');
  if (tool !== 'dpkg' && tool !== 'rpm' && tool !== 'none')
    throw new Unreadable(id, output, 'no package manager named');
  // `iU` is unpacked and `iF` half-configured: not installed.
  const installed = new Set(lines.map(line => /^[ihr]i ?\s*(\S+)$/.exec(line)?.[1]));
  return { tool, installed: names.filter(name => installed.has(name)) };
}

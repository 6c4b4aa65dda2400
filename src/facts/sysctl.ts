import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { type Script, sh } from '../shell/sh.js';

export interface SysctlState {
  /** The live value, blanks made single; undefined: this kernel has no such key. */
  readonly value?: string;
  /** What it was before Kubewizard set it. */
  readonly before?: string;
}

/** sysctl(8): dots separate, unless a slash comes first (`net/ipv4/conf/eth0.1/forwarding`). */
export const sysctlPath = (key: string): string => {
  const path = /^[^./]*\//.test(key) ? key : key.replace(/[./]/g, one => (one === '.' ? '/' : '.'));
  if (path.split('/').includes('..')) throw new Error(`${key} is not a sysctl`);
  return `/proc/sys/${path}`;
};

export const sysctlBefore = (key: string): string => `/var/lib/kubewizard/sysctl/${key.replaceAll('/', '|')}`;

/**
 * A live kernel setting. Read by cat: dash's `read` asks byte by byte, and of a number the kernel gives the first byte
 * only (proc_dointvec).
 */
export const sysctl = (key: string): Fact<SysctlState> => ({
  id: `sysctl:${key}`,
  question: { ask: 'host', script: script(sysctlPath(key), sysctlBefore(key)) },
  parse: output => read(`sysctl:${key}`, output),
});

const script = (
  path: string,
  before: string,
): Script => sh`if [ -r ${path} ]; then v=$(cat ${path}); printf '%s\\n' "is $v"; else echo absent; fi
if [ -e ${before} ]; then v=; read -r v <${before}; printf '%s\\n' "was $v"; fi`;

function read(id: string, output: string): SysctlState {
  const value = /^is (.*)$/m.exec(output)?.[1];
  const before = /^was (.*)$/m.exec(output)?.[1];
  if (value === undefined && !output.startsWith('absent'))
    throw new Unreadable(id, output, 'neither a value nor absent');
  return {
    ...(value === undefined ? {} : { value: single(value) }),
    ...(before === undefined ? {} : { before: single(before) }),
  };
}

const single = (value: string): string => value.trim().split(/\s+/).join(' ');

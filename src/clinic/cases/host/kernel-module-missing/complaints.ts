/** The words by which components say that a module of the kernel is not there. */

export type Module =
  | 'overlay'
  | 'br_netfilter'
  | 'vxlan'
  | 'ipip'
  | 'ip_tables'
  | 'iptable_nat'
  | 'iptable_filter'
  | 'xt_comment'
  | 'ip_set'
  | 'ip_vs'
  | 'nf_conntrack';

/** A name as the kernel has them, and no more than that. */
export const isModule = (name: string): name is Module => words.some(([, module]) => module === name);

export interface Complaint {
  readonly program: string;
  readonly line: string;
  readonly module: Module;
}

const words: readonly (readonly [RegExp, Module])[] = [
  [
    /overlay(?:fs)?\b.{0,120}(?:no such device|not supported by kernel)|failed to mount overlay: no such device/,
    'overlay',
  ],
  [/bridge-nf-call-iptables: no such file or directory|Module br_netfilter not found/, 'br_netfilter'],
  [/table [`'"]?nat'?: Table does not exist/, 'iptable_nat'],
  [/table [`'"]?filter'?: Table does not exist/, 'iptable_filter'],
  [/Module ip_tables not found|can't initialize iptables/, 'ip_tables'],
  [/(?:Couldn't load match|Extension) [`'"]?comment'?.{0,60}(?:missing kernel module|No such file)/, 'xt_comment'],
  [/IPVS.{0,160}(?:kernel module|not available)|Module ip_vs not found/i, 'ip_vs'],
  [/ipset\b.{0,120}(?:Kernel error received|cannot open session to kernel)|Module ip_set not found/i, 'ip_set'],
  [/(?:vxlan|flannel\.\d+).{0,120}operation not supported|Module vxlan not found/i, 'vxlan'],
  [/(?:tunl0|ipip)\b.{0,120}operation not supported|Module ipip not found/i, 'ipip'],
  [/nf_conntrack_max: no such file or directory|Module nf_conntrack not found/, 'nf_conntrack'],
];

/** The last of the last lines in which it says so. */
export const complaintIn = (program: string, lines: readonly string[]): Complaint | undefined => {
  for (const line of lines.slice(-60).reverse()) {
    const module = words.find(([pattern]) => pattern.test(line.slice(0, 2000)))?.[1];
    if (module !== undefined) return { program, line: line.slice(0, 300), module };
  }
  return undefined;
};

/** How it went says what it was about: a port to listen on, a process that was ended, a packet that was forwarded. */
import { pattern } from '../../model/pattern.js';
import type { Account, How, Target } from './account.js';

/** From one link to another, and one of them is of the pod network: the host forwards it. */
const links = 'cni|flannel|cali|lxc|cilium|veth|vxlan|weave|kube-|antrea|ovn|genev|tunl';
const forwarded = new RegExp(
  `\\bIN=(?:(?:${links})[\\w.@-]* OUT=\\w|\\w[\\w.@-]* OUT=(?:${links})).{0,200}\\bDST=(\\S+)`,
);
/** Whoever cannot listen names its own port. */
const ownPort =
  /(?:listen|bind|port)\w*\b[^\n]{0,60}?((?:\[[0-9a-f:]*\]|\d+(?:\.\d+){3}|\*)?:\d{1,5})\b|\bport:? (\d{1,5})\b/i;
/** Asked for a name at its own address: nothing in resolv.conf, or the cache there does not run. */
const ownResolver = /lookup \S+ on ((?:\[::1\]|127(?:\.\d+){3}):53)/;
const endedProcess = pattern(
  /(\w[\w.-]{0,40}) invoked oom-killer|\btask=([\w.-]{1,60}),|[Kk]ill(?:ed)? process \d+ \(([^)]{1,60})\)/,
);

const named = (whom: Target, hit: RegExpExecArray | null): Partial<Account> => {
  const at = hit?.slice(1).find(one => one !== undefined);
  return at === undefined ? { whom } : { whom, at };
};

/** How it went says what it was about. */
export const byOutcome: Partial<Readonly<Record<How, (line: string) => Partial<Account> | undefined>>> = {
  'in-use': line => (/\bBGP\b/.test(line) ? { whom: 'own-port', at: '179' } : named('own-port', ownPort.exec(line))),
  'no-resolver': line => named('dns', ownResolver.exec(line)),
  'no-memory': line => (endedProcess.test(line) ? named('process', endedProcess.exec(line)) : undefined),
  'memory-limit': line => (endedProcess.test(line) ? named('process', endedProcess.exec(line)) : undefined),
  'memory-gone': line => named('process', endedProcess.exec(line)),
  dropped: line => (forwarded.test(line) ? named('pod', forwarded.exec(line)) : undefined),
};

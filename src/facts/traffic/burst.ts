/** Many packets along one edge at once, so that counters tell them from what else passes. */
import { raw, type Script, sh } from '../../shell/sh.js';
import type { Probe } from './seen.js';
import { entered } from './send.js';

/**
 * Datagrams cost next to nothing, and must be more than what hosts say to each other meanwhile; a connect is a process.
 */
export const burstOf = (probe: Probe): number => (isDialled(probe) ? 100 : 1000);

/** What loses some of its packets is followed by datagrams wherever a pod's kernel counts them. */
const isDialled = ({ kind, to }: Probe): boolean =>
  kind === 'tcp' || ((kind === 'connects' || kind === 'names') && to.what !== 'pod');

export const burstScript = (probe: Probe): Script => {
  const { from, to, port, size = 32 } = probe;
  const inner = isDialled(probe)
    ? sh`for n in $(seq ${burstOf(probe)}); do (exec 3<>/dev/tcp/${to.address}/${port}) 2>/dev/null & done; wait`
    : sh`exec 3<>/dev/udp/${to.address}/${port}; for n in $(seq ${burstOf(probe)}); \
do printf ${`%0${size}d`} 0 >&3; done 2>/dev/null`;
  return sh`export LC_ALL=C; timeout -k 1 0.7 ${raw(entered(from.pod))}bash \
-c ${inner} </dev/null >/dev/null 2>&1; echo '#end'`;
};

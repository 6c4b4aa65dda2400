/** Programs that hold components in their own process (k3s, MicroK8s): that no component runs says nothing there. */
import { components } from '../../model/components.js';
import type { Evidence } from '../../model/fact.js';
import type { HostChart, ProcessSeen } from '../chart/host-chart.js';

/** As the kernel names them, and as they call themselves: `/usr/local/bin/k3s server` is one word of its argv. */
const holders = /^(?:k3s(?:[ -](?:server|agent))?|kubelite)$/;

const held: ReadonlySet<string> = new Set(components.map(one => one.program));

/** `k3s server`; undefined: nothing on this host holds that program. */
export const holderOf = ({ processes }: HostChart, program: string): string | undefined =>
  held.has(program) && 'value' in processes
    ? processes.value.find(one => holders.test(one.program))?.program
    : undefined;

/** Of a host's processes: who holds its components. Of any other evidence: undefined. */
export const heldBy = (evidence: Evidence): string | undefined =>
  evidence.source === 'processes' && 'value' in evidence && Array.isArray(evidence.value)
    ? (evidence.value as readonly ProcessSeen[]).find(one => holders.test(one.program))?.program
    : undefined;

export const heldText = (holder: string): string =>
  `${holder} runs there, which holds it in its own process: kw does not look into it`;

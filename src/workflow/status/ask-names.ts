/**
 * Whether the cluster's DNS finds a name: each of its pods is asked over the pod network, from a host that is not its
 * own.
 */
import type { Duplex } from 'node:stream';
import { apiServiceAddress } from '../../blueprint/network/addresses.js';
import type { Session } from '../../engine/session.js';
import { nodes } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import { parseIPv4 } from '../../net/address.js';
import { addressAnswer, addressQuery } from '../../net/dns-message.js';

export interface DnsPod {
  readonly address: string;
  readonly node: string;
}
/** Absent `why`: it found the name. `seen` false: nobody was there who could ask it. */
export interface Resolved extends DnsPod {
  readonly from: string;
  readonly seen: boolean;
  readonly why?: string;
}

type Asking = Pick<Session, 'spec' | 'connections' | 'lost'>;

const timeoutMs = 5_000;
const mostBytes = 65_537;

export const askNames = (session: Asking, pods: readonly DnsPod[]): Promise<readonly Resolved[]> =>
  Promise.all(pods.map(pod => askPod(session, pod)));

const askPod = async ({ spec, connections, lost }: Asking, pod: DnsPod): Promise<Resolved> => {
  // Only nodes have a way into the pod network: hosts of etcd or of a load balancer alone have none.
  const all = nodes(spec).map(({ name }) => name);
  const seen = all.filter(name => !lost.has(name));
  // From another node the question crosses the pod network; a cluster of one node has none.
  const from = seen.find(name => name !== pod.node) ?? (all.length === 1 ? seen[0] : undefined);
  const address = parseIPv4(pod.address);
  if (from === undefined || address === undefined)
    return { ...pod, from: '', seen: false, why: 'no other host could ask it' };
  try {
    const way = await (await connections(from)).forward(address, 53);
    const why = await whyNot(way, `kubernetes.default.svc.${spec.network.domain}`, apiServiceAddress(spec));
    return { ...pod, from, seen: true, ...(why === undefined ? {} : { why }) };
  } catch (error) {
    if (error instanceof WorldFailed) return { ...pod, from, seen: true, why: error.failure.message };
    throw error;
  }
};

/** undefined: the name leads where it shall. */
const whyNot = async (way: Duplex, name: string, expected: string): Promise<string | undefined> => {
  const id = 1 + Math.floor(Math.random() * 65_000);
  const answer = await heard(way, addressQuery(name, id), id);
  if (typeof answer === 'string') return answer;
  if ('why' in answer) return answer.why;
  if ('refused' in answer) return `it does not know ${name} (code ${answer.refused})`;
  return answer.addresses.includes(expected)
    ? undefined
    : `${name} is ${answer.addresses.join(', ') || 'without an address'}, and not ${expected}`;
};

type Heard = NonNullable<ReturnType<typeof addressAnswer>> | string;

const heard = (way: Duplex, query: Buffer, id: number): Promise<Heard> =>
  new Promise(resolve => {
    let bytes = Buffer.alloc(0);
    const end = (answer: Heard): void => {
      clearTimeout(late);
      way.destroy();
      resolve(answer);
    };
    const late = setTimeout(end, timeoutMs, `no answer within ${timeoutMs / 1000} s`);
    way.on('error', error => end(error.message));
    way.on('close', () => end('it hung up'));
    way.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const answer = bytes.length > mostBytes ? 'an answer without end' : addressAnswer(bytes, id);
      if (answer !== undefined) end(answer);
    });
    way.write(query);
  });

/**
 * What the hosts say of themselves while the file is being written. Nothing here is an error: they need not even run
 * yet.
 */
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { hostFacts } from '../../facts/host.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import { Unreadable } from '../../model/fact.js';
import { oneAtATime } from '../../workflow/story.js';
import { connect, trustByPerson } from '../ports.js';
import { oneLine } from '../view/words.js';
import { sh } from '../../shell/sh.js';

export interface Reading {
  readonly host: Host;
  /** For people, one line. */
  readonly says: string;
  /** Its own name for itself; absent where it could not be asked. */
  readonly hostname?: string;
}

/** More hosts than this are not worth the wait for a note. */
const mostHosts = 32;
const limits = { connections: 16, timeoutMs: 5_000 };

export const lookAtHosts = async (spec: ClusterSpec, file: string): Promise<readonly Reading[]> => {
  const limit = pLimit(limits.connections);
  const directory = join(dirname(resolve(file)), '.kubewizard', spec.name);
  // A key that nobody knows is asked for one host at a time; the time to answer is the person's.
  const options = {
    directory,
    ...(trustByPerson ? { trustNew: oneAtATime(trustByPerson) } : {}),
    timeoutMs: limits.timeoutMs,
  };
  return Promise.all(spec.hosts.slice(0, mostHosts).map(host => limit(() => lookAt(host, options))));
};

const lookAt = async (host: Host, options: Parameters<typeof connect>[1]): Promise<Reading> => {
  try {
    const connection = await connect(host, options);
    try {
      const fact = hostFacts(host.address);
      const answer = await connection.run(fact.question.ask === 'host' ? fact.question.script : sh``, {
        timeoutMs: limits.timeoutMs,
      });
      const facts = fact.parse(answer.stdout);
      return {
        host,
        hostname: facts.hostname,
        says: oneLine(
          `${facts.os.id} ${facts.os.version}, ${facts.cpus} CPUs, ` +
            `${Math.round(facts.memoryBytes / 2 ** 30)} GiB, ${facts.arch}`,
        ),
      };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof WorldFailed) return { host, says: oneLine(`not seen: ${error.failure.message}`) };
    if (error instanceof Unreadable) return { host, says: oneLine(`answers, but not as expected: ${error.message}`) };
    throw error;
  }
};

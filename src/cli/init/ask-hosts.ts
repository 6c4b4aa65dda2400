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
import { SudoPasswordWanted } from '../../transport/needs-answer.js';
import { accessOf, type Enter } from '../../workflow/access.js';
import { accessPorts } from '../access.js';
import type { AccessOptions } from '../access-options.js';
import { connectWithin } from '../ports.js';
import { oneLine } from '../view/words.js';
import { sh } from '../../shell/sh.js';

export interface Reading {
  readonly host: Host;
  /** For people, one line. */
  readonly says: string;
  /** Its own name for itself; absent where it could not be asked. */
  readonly hostname?: string;
  /** The login succeeded, whatever came after it. */
  readonly entered: boolean;
  /** The host answered, and let nobody in: another key may help. */
  readonly refused: boolean;
}

/** More hosts than this are not worth the wait for a note. */
const mostHosts = 32;
const limits = { connections: 16, timeoutMs: 5_000 };

const folderOf = (file: string, name: string): string => join(dirname(resolve(file)), '.kubewizard', name);

/** @param file Where the cluster file is going to be. */
export const lookAtHosts = async (
  spec: ClusterSpec,
  file: string,
  access: AccessOptions,
): Promise<readonly Reading[]> => {
  const limit = pLimit(limits.connections);
  const directory = folderOf(file, spec.name);
  const enter = accessOf(accessPorts(access), () => undefined);
  return Promise.all(spec.hosts.slice(0, mostHosts).map(host => lookAt(host, directory, enter, limit)));
};

/** One login, to see whether a key opens the host: asks about its host key, and never for a password of sudo. */
export const tryHost = (host: Host, file: string, cluster: string, access: AccessOptions): Promise<Reading> => {
  const { sudoPassword: _, ...ports } = accessPorts(access);
  return lookAt(
    host,
    folderOf(file, cluster),
    accessOf(ports, () => undefined),
    pLimit(1),
  );
};

const lookAt = async (
  host: Host,
  directory: string,
  enter: Enter,
  limit: ReturnType<typeof pLimit>,
): Promise<Reading> => {
  try {
    const connection = await enter(
      host,
      way => connectWithin(host, { directory, ...way }, limits.timeoutMs),
      act => limit(act),
    );
    try {
      const fact = hostFacts(host.address);
      const answer = await connection.run(fact.question.ask === 'host' ? fact.question.script : sh``, {
        timeoutMs: limits.timeoutMs,
      });
      const facts = fact.parse(answer.stdout);
      return {
        host,
        entered: true,
        refused: false,
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
    if (error instanceof WorldFailed) return notSeen(host, error);
    if (error instanceof Unreadable)
      return { host, entered: true, refused: false, says: oneLine(`answers, but not as expected: ${error.message}`) };
    throw error;
  }
};

const notSeen = (host: Host, error: WorldFailed): Reading => ({
  host,
  // sudo is asked after the login.
  entered: error instanceof SudoPasswordWanted,
  refused: error.failure.class === 'auth' && !(error instanceof SudoPasswordWanted),
  says: oneLine(`not seen: ${error.failure.message}`),
});

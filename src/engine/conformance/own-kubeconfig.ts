/** What e2e.test talks to the cluster with: a kubeconfig and a kubectl of this run alone, away with the process. */
import { rmSync } from 'node:fs';
import { chmod, copyFile, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeClient } from '../../kube/client.js';
import { WorldFailed } from '../../model/event.js';
import { writeKubeconfig } from '../../pki/kubeconfig.js';
import type { Issued } from '../context.js';
import { failureOf } from '../run/step-tracker.js';

export interface OwnAccess {
  readonly kubeconfig: string;
  readonly kubectl: string;
  remove(): Promise<void>;
}

export interface AccessParts {
  readonly cluster: string;
  /** `https://ADDRESS:PORT` */
  readonly server: string;
  readonly user: string;
  readonly issued: Issued;
  /** Path of a kubectl; absent: the one of PATH. */
  readonly kubectl?: string;
}

export const ownAccess = async ({ cluster, server, user, issued, kubectl }: AccessParts): Promise<OwnAccess> => {
  const folder = await mkdtemp(join(tmpdir(), 'kw-conformance-'));
  const atOnce = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', atOnce);
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    process.off('exit', atOnce);
  };
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, writeKubeconfig({ cluster, server, user, ...issued }), { mode: 0o600 });
    if (kubectl === undefined) return { kubeconfig, kubectl: 'kubectl', remove };
    const program = join(folder, 'kubectl');
    await copyFile(kubectl, program, constants.COPYFILE_FICLONE);
    await chmod(program, 0o755);
    return { kubeconfig, kubectl: program, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** The version of the API server, asked from here as e2e.test will ask. Throws WorldFailed where nobody answers. */
export const versionFromHere = async (server: string, issued: Issued): Promise<string | undefined> => {
  const { hostname, port } = new URL(server);
  const address = hostname.replace(/^\[|\]$/g, '');
  const client = kubeClient({
    serverName: address,
    caPem: issued.caPem,
    credentials: issued,
    connect: async () => connect(Number(port || 443), address),
  });
  try {
    const { body } = await client.request('GET', '/version');
    const version = (body as { readonly gitVersion?: unknown } | null)?.gitVersion;
    return typeof version === 'string' ? /^v(\d+\.\d+\.\d+)/.exec(version)?.[1] : undefined;
  } catch (error) {
    const failure = failureOf(error);
    throw new WorldFailed({
      ...failure,
      message: `${server} does not answer this machine: ${failure.message}`,
      help: 'e2e.test asks the API itself, and not by ssh: run kw on a machine that reaches it',
    });
  } finally {
    client.close();
  }
};

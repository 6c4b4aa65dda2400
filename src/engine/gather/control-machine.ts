/**
 * The control machine as a client of the cluster: the kubeconfig that a person uses, and what its server shows to
 * whoever calls it from here.
 */
import { stat } from 'node:fs/promises';
import { unseenHost } from '../../clinic/bundle/bundle-json.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { controlMachine } from '../../clinic/read/hosts.js';
import { redact } from '../../model/redaction/redact.js';
import type { KubeconfigSeen, ServedSeen } from '../../facts/chart/seen.js';
import { spkiOfKey } from '../../pki/key.js';
import { readCertificates } from '../../pki/read.js';
import { keyOfKubeconfig, readKubeconfig } from '../../pki/read-kubeconfig.js';
import { probe } from './probe.js';
import type { OwnKubeconfig } from './own-kubeconfig.js';
import { dial, serverOf } from './ways.js';

/** Never rejects: what is wrong with the file, or in front of the server, is the evidence. */
export const gatherControlMachine = async (own: OwnKubeconfig, clock: () => Date): Promise<HostChart> => {
  const at = clock().toISOString();
  const seen = <T>(source: string, value: T) => ({ host: controlMachine, source, at, value });
  const config = await readOwnFile(own);
  const server = serverOf(config.value?.server ?? '');
  const served = server ? [await shake(server)] : [];
  return {
    ...unseenHost(
      { name: controlMachine, address: '', roles: [controlMachine] },
      { why: 'nothing of the cluster runs on the control machine', kind: 'not-collected' },
      at,
    ),
    processes: seen('processes', []),
    files: seen('files', []),
    certificates: seen('certificates', []),
    keys: seen('keys', []),
    kubeconfigs: seen('kubeconfigs', [config]),
    served: seen('TLS handshakes', served),
  };
};

const readOwnFile = async ({ path, text, problems }: OwnKubeconfig): Promise<KubeconfigSeen> => {
  const read = readKubeconfig(text, path);
  const { value } = read;
  const [client, ca] = [value?.certPem, value?.caPem].map(pem =>
    pem === undefined ? [] : readCertificates(pem, path).certificates,
  );
  const key = spkiOfKey(keyOfKubeconfig(text) ?? '');
  const about = await stat(path).catch(() => undefined);
  return {
    path,
    mode: about ? (about.mode & 0o777).toString(8) : '',
    changedAt: about?.mtime.toISOString() ?? '',
    ...(value && { value }),
    ca: ca ?? [],
    client: client ?? [],
    problems: [...problems, ...read.problems.map(one => `line ${one.at?.line ?? 1}: ${redact(one.says)}`)],
    ...(client?.[0] && key !== undefined && { keyMatches: key === client[0].spkiSha256 }),
  };
};

const shake = async ({ address, port }: { readonly address: string; readonly port: number }): Promise<ServedSeen> => {
  const { chain, problem } = await probe({ forward: dial }, { address, port, tls: true, paths: [] });
  return { address, port, chain, ...(problem !== undefined && { problem }) };
};

/** What a host holds and serves, as the ends of edges. */
import type { Evidence } from '../../model/fact.js';
import type { Certificate } from '../../pki/certificate.js';
import type { Held } from './edge.js';
import type { HostChart } from '../chart/host-chart.js';

/** Certificates in a file. A file that is surely not there is an end without certificates, not a missing one. */
export const heldAt = (host: HostChart, path: string): Held => ({
  path,
  certificates: mapped(host.certificates, all => all.find(one => one.path === path)?.certificates ?? []),
});

/** What a port serves; where the handshake failed, what the file holds that it would serve. */
export const servedAt = (host: HostChart, port: number, file: string | undefined): Held => {
  const served =
    'value' in host.served ? host.served.value.find(one => one.port === port && one.chain.length > 0) : undefined;
  if (served) return { path: `port ${port}`, certificates: mapped(host.served, () => served.chain) };
  return file === undefined
    ? {
        path: `port ${port}`,
        certificates:
          'missing' in host.served
            ? host.served
            : {
                host: host.name,
                source: `port ${port}`,
                at: host.served.at,
                missing: 'no handshake succeeded there',
                kind: 'unreachable',
              },
      }
    : heldAt(host, file);
};

export const heldIn = (host: HostChart, path: string, which: 'ca' | 'client'): Held => ({
  path,
  certificates: mapped(host.kubeconfigs, all => all.find(one => one.path === path)?.[which] ?? []),
});

const mapped = <T>(
  evidence: Evidence<T>,
  read: (value: T) => readonly Certificate[],
): Evidence<readonly Certificate[]> => ('value' in evidence ? { ...evidence, value: read(evidence.value) } : evidence);

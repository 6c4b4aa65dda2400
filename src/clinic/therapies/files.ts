/** Single files, written as a whole: for clusters that no blueprint describes. */
import { createHash } from 'node:crypto';
import type { CertificateRequest, Resource, ResourceId, Stage } from '../../model/resource.js';
import type { ServiceWant, Wants } from '../../resources/wants.js';

export interface Place {
  readonly host: string;
  readonly because: string;
  readonly stage?: Stage;
  readonly after?: readonly ResourceId[];
}

const resource = <K extends keyof Wants>(
  kind: K,
  key: string,
  want: Wants[K],
  { host, because, stage = 'control-plane', after = [] }: Place,
): Resource<K, Wants[K]> => ({ kind, host, key, want, stage, after, because });

/** `text` replaces the file; what stood there is kept by the engine under /var/lib/kubewizard/original. */
export const textFile = (path: string, text: string, mode: number, place: Place): Resource<'file', Wants['file']> =>
  resource('file', path, { content: [text], sha256: createHash('sha256').update(text).digest('hex'), mode }, place);

/** The file shall not be there; it is moved to /var/lib/kubewizard/removed. */
export const noFile = (path: string, place: Place): Resource<'file', Wants['file']> =>
  resource('file', path, { content: [''], sha256: '', mode: 0o644, absent: true }, place);

/** Signed by the CA whose certificate is `caPem`; its key is read by the engine at the moment of signing. */
export const signedCertificate = (
  path: string,
  keyPath: string,
  request: CertificateRequest,
  caPem: string,
  place: Place,
): Resource<'certificate', Wants['certificate']> =>
  resource('certificate', path, { request, keyPath, caPem, chainPem: '' }, place);

export const signedKubeconfig = (
  path: string,
  want: Wants['kubeconfig'],
  place: Place,
): Resource<'kubeconfig', Wants['kubeconfig']> => resource('kubeconfig', path, want, place);

/** A unit that runs, started after the newest of the files it reads. */
export const freshUnit = (
  unit: string,
  reads: readonly string[],
  place: Place,
  more: Partial<ServiceWant> = {},
): Resource<'service', Wants['service']> =>
  resource('service', unit, { running: true, atBoot: true, reads, ...more }, place);

/** A live kernel setting, and the file that keeps it. */
export const kept = (name: string, value: string, place: Place): readonly Resource[] => [
  resource('sysctl', name, { value }, place),
  textFile(`/etc/sysctl.d/99-kubewizard-${name.replaceAll(/[^\w]/g, '-')}.conf`, `${name} = ${value}\n`, 0o644, place),
];

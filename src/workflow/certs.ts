/** Every certificate in use, and when it ends. Changes nothing. */
import { type CertificateList, certificatesListed } from '../clinic/read/certificates-listed.js';
import { gather, type Source } from './clinic/evidence.js';
import type { Ports } from './ports.js';
import { begin } from './story.js';

export const certs = async (source: Source, ports: Ports): Promise<CertificateList> =>
  certificatesListed(await gather(begin(ports), { ...source, readOnly: true }));

/** 2: one has ended, or a process has an older one loaded; 3: not everything could be seen. */
export const exitOfCerts = ({ certificates, missing }: CertificateList): number =>
  certificates.some(one => one.days < 0 || one.loaded === 'older') ? 2 : missing.length > 0 ? 3 : 0;

/**
 * Leaves are renewed by the control planes themselves, which hold the CA keys anyway: of everything that is wanted
 * there nothing that is signed can be forgotten, since the list is read off what is wanted.
 */
import { withRole } from '../../model/cluster.js';
import type { CertificateRequest, Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { HostContext } from '../input.js';
import { library } from '../render/paths.js';
import { type Leaf, renewalFile } from './renewal-script.js';
import { timed } from './timed.js';

/** Its unit is this with `.service`, its timer with `.timer`. */
export const renewalUnit = 'kw-renew-certificates';

/** @param wanted Everything that is wanted on this host. */
export const renewal = (context: HostContext, wanted: readonly Resource[]): readonly Resource[] => {
  const place = withRole(context.spec, 'controlPlane').findIndex(({ name }) => name === context.host.name);
  return timed(context, {
    name: renewalUnit,
    description: 'Renewal of the certificates of this host',
    script: renewalFile(leavesOf(wanted)),
    // What a run that was killed has begun is ended at once, not at the next hour.
    service: { ExecStopPost: `${library}/${renewalUnit.replace(/^kw-/, '')} settle` },
    // Apart from each other, so that no two hosts restart their controllers at once; a host that was off catches up.
    timer: { OnBootSec: '1min', OnCalendar: `*-*-* *:${String((7 + place * 11) % 60).padStart(2, '0')}:00` },
    stage: 'nodes',
    because: 'a certificate that nobody renews ends the cluster one day',
  });
};

/** Of all that is wanted on a host what a CA of the cluster signs, and which units read it at their start alone. */
export const leavesOf = (wanted: readonly Resource[]): readonly Leaf[] =>
  wanted.flatMap((one): readonly Leaf[] => {
    if (one.kind === 'certificate') {
      const { request, keyPath, absent } = one.want as Wants['certificate'];
      return absent ? [] : [{ ...asked(request), path: one.key, key: keyPath, units: readersOf(wanted, one.key) }];
    }
    if (one.kind !== 'kubeconfig') return [];
    const { request, absent } = one.want as Wants['kubeconfig'];
    return absent ? [] : [{ ...asked(request), path: one.key, units: readersOf(wanted, one.key) }];
  });

const asked = ({ ca, organizations, commonName, usages, days }: CertificateRequest) => ({
  ca,
  usages,
  days,
  subject: [...organizations.map(one => `/O=${one}`), `/CN=${commonName}`].join(''),
});

const readersOf = (wanted: readonly Resource[], path: string): readonly string[] =>
  wanted
    .filter(one => one.kind === 'service' && (one.want as Wants['service']).reads.includes(path))
    .map(one => one.key);

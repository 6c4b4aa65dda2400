import { error, type Found, warning } from './finding.js';

/** @param there Seconds since 1970 by the host's clock; `here`: by the control machine's, when the answer came. */
export function clockOf(there: number | undefined, here: number | undefined): readonly Found[] {
  if (there === undefined || here === undefined) return [];
  const off = there - here;
  const says = `its clock is ${Math.abs(off).toFixed(1)} s ${off > 0 ? 'ahead of' : 'behind'} the control machine’s`;
  if (Math.abs(off) > 30)
    return [
      error(
        'clock-off',
        `${says}: certificates and etcd’s leases would not hold`,
        'run chrony or systemd-timesyncd there (and check the control machine’s own clock)',
      ),
    ];
  return Math.abs(off) > 5 ? [warning('clock-drifts', says, 'run chrony or systemd-timesyncd there')] : [];
}

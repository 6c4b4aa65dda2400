/** Is there someone for every part, and a quorum that can lose a member? */
import { withRole } from '../../model/cluster.js';
import { mistake, onKey, warning, type Check, type Finding } from '../finding.js';

export const checkRoles: Check = ({ spec, broken, written }) => {
  if (broken('hosts') || spec.hosts.length === 0) return [];
  const [etcd, planes] = [withRole(spec, 'etcd'), withRole(spec, 'controlPlane')];
  if (planes.length === 0)
    return [
      onKey(
        mistake(
          'no-control-plane',
          ['hosts'],
          'no host is a control plane',
          'give one or three hosts the role controlPlane',
        ),
      ),
    ];
  const stacked = !written.hosts.some(host => typeof host === 'object' && host.roles?.includes('etcd'));
  return quorum(etcd.length, stacked);
};

const quorum = (members: number, stacked: boolean): readonly Finding[] => {
  if (members % 2 === 0)
    return [
      onKey(
        mistake(
          'even-etcd',
          ['hosts'],
          `${members} hosts hold etcd: an even number survives no more failures than ${members - 1}`,
          stacked
            ? 'each control plane holds etcd here: have 1, 3 or 5 of them, or give etcd to an odd number of hosts'
            : 'give the role etcd to 1, 3 or 5 hosts',
        ),
      ),
    ];
  if (members <= 7) return [];
  const says = `${members} hosts hold etcd: every write waits for a majority of them`;
  return [onKey(warning('many-etcd', ['hosts'], says, '5 are plenty'))];
};

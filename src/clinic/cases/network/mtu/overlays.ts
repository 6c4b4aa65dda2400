/** Overlays: what they take of a packet for themselves. */
import type { NetworkSeen } from '../../../chart/host-chart.js';

/** Bytes, by the kind of the link. */
export const overhead: Readonly<Record<string, number>> = { vxlan: 50, ipip: 20, wireguard: 60 };

/** Overlays whose links say nothing: Cilium limits packets by the routes of its pods, Weave probes the way. */
const limitedElsewhere = /^(?:cilium_|vxlan-6784$|genev_sys_)/;

export const isOverlay = ({ name, up, kind }: NetworkSeen['links'][number]): boolean =>
  up && kind !== undefined && kind in overhead && !limitedElsewhere.test(name);

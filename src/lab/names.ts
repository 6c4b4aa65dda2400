/** What each thing of a lab host is called on this machine. Interface names have at most 15 characters. */
import type { HostRecord, LabRecord } from './state.js';

export const netnsName = (lab: LabRecord, host: HostRecord): string => `${lab.id}-${host.name}`;
export const netnsPath = (lab: LabRecord, host: HostRecord): string => `/run/netns/${netnsName(lab, host)}`;
/** The machine's end of the host's cable. */
export const cableName = (lab: LabRecord, host: HostRecord): string => `${lab.id.replace('lab', '')}-${host.octet}`;

/**
 * Fixed, as a real host's is: with a new one after each power cut, peers would talk to the old one for half a minute.
 */
export const macAddress = (host: HostRecord): string =>
  `02:6b:${host.address
    .split('.')
    .map(octet => Number(octet).toString(16).padStart(2, '0'))
    .join(':')}`;

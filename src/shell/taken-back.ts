/** What a host remembers of changes that it took back by itself, and would take back now. */

/** Of systemd; there only while a change waits to be confirmed. */
export const lifeboatUnit = 'kw-armed.service';
export const lifeboatPath = `/etc/systemd/system/${lifeboatUnit}`;
export const armedFolder = '/var/lib/kubewizard/armed';
/** One file for each run, named by its id. */
export const takenBackFolder = '/var/lib/kubewizard/taken-back';
/** Run, command, owner and instant of the change that waits, a line each. */
export const armedRunPath = `${armedFolder}/run`;
/** Who changes something in this cluster: expiry, run, owner as JSON, a line each. */
export const lockPath = '/var/lib/kubewizard/lock';

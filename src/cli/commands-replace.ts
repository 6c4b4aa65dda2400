/** The row of `kw replace`. */
import { access } from './access-options.js';
import type { CommandSpec } from './command.js';
import { takeOver } from './typed-options.js';

export const replace = (group: string, acting: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'replace',
  group,
  summary: 'put a host in the place of one that is dead for good',
  about:
    'For a host that never comes back, a control plane among them, the first included. Its member of etcd and its ' +
    'Node go, and the host that the file has under its name joins in its place: the same one, emptied; or another ' +
    'one (--address writes where it is into the cluster file). A dead host that the file names no more is only taken ' +
    'out. Refused while the members of etcd that live are no quorum, and for a host that still answers. Cut ' +
    'off anywhere, run it again.',
  arguments: [{ name: '<host>', says: 'name of the dead host; several: kw-1,kw-2' }],
  options: [
    { flags: '--address <address>', says: 'address of the host that comes in its place' },
    { flags: '--host-key <key>', says: "the new host's public ssh key, where the file pins the old one's" },
    { flags: '--yes', says: 'do not ask, where the host that comes was seen to be empty' },
    { flags: '--yes-i-mean <name>', says: "the cluster's name: nobody sees that the host is dead, and you know it" },
    { flags: '--no-verify', says: 'leave out the proof at the end' },
    takeOver,
    { flags: '--json', says: 'print events, one JSON object per line' },
    ...access,
  ],
  examples: ['kw replace kw-1', 'kw replace kw-1 --address 10.0.0.9', 'kw replace kw-1,kw-2'],
  exits: acting,
  load: () => import('./commands/replace.js'),
});

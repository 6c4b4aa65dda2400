/** `kw adopt`: a cluster file drawn from the hosts of a cluster that others built. Changes nothing, copies no key. */
import { draw, type Drawing } from '../discovery/draw/draw.js';
import { WorldFailed } from '../model/event.js';
import { seenHosts } from './clinic/external-hosts.js';
import type { Ports } from './ports.js';
import { begin } from './story.js';

export interface DrawOptions {
  /** `a,b,user@c:22`. */
  readonly hosts: string;
  readonly sshUser?: string | undefined;
  readonly sshKey?: string | undefined;
  /** Of the cluster, if not what its administrators call it. */
  readonly name?: string | undefined;
}

/** Throws Mistaken for a host that is none, WorldFailed (refused) where no file can be drawn of what is there. */
export async function drawCluster({ hosts, sshUser, sshKey, name }: DrawOptions, ports: Ports): Promise<Drawing> {
  const story = begin(ports);
  const { chart, ways } = await seenHosts(story, hosts, {
    sshUser,
    sshKey,
    kubeconfig: undefined,
    traffic: 'read-only',
  });
  const drawn = draw(chart, { ways, name });
  if (drawn.ok) return drawn.drawing;
  const { says, help } = drawn.refusal;
  // Names of nodes and systems are in it: one line, whatever they hold.
  throw new WorldFailed({ class: 'refused', message: `${says.replaceAll(/\s+/g, ' ')}. Nothing was written`, help });
}

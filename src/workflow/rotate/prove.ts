/** “Complete when”: what the engine has proven of files and units is not asked again, every edge is. */
import type { EventBody } from '../../model/event.js';
import type { Edge, Phase, Turning } from './rotatable.js';

export async function provePhase(
  phase: Pick<Phase, 'prove'>,
  at: Turning,
  emit: (body: EventBody) => void,
): Promise<boolean> {
  const began = at.clock().getTime();
  const seconds = (): number => (at.clock().getTime() - began) / 1000;
  const edges = await phase.prove(at);
  for (const edge of edges)
    emit({ type: 'proof', name: edge.name, ok: edge.ok === true, says: textOf(edge), seconds: seconds() });
  const ok = edges.length > 0 && edges.every(edge => edge.ok === true);
  emit({ type: 'proof-ended', ok, seconds: seconds() });
  return ok;
}

const textOf = ({ ok, says }: Edge): string => (ok === 'unknown' ? `could not be seen: ${says}` : says);

import type { EventBody } from '../../model/event.js';
import type { Proof } from './world.js';

/**
 * Later questions rest on earlier ones: the first that does not hold ends it. Rejects only when the person stopped it.
 */
export async function inOrder(
  proofs: readonly Proof[],
  emit: (body: EventBody) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const proof of proofs) {
    const began = Date.now();
    const seconds = () => (Date.now() - began) / 1000;
    try {
      emit({
        type: 'proof',
        name: proof.name,
        ok: true,
        says: `${proof.says}: ${await proof.check()}`,
        seconds: seconds(),
      });
    } catch (error) {
      signal?.throwIfAborted();
      emit({
        type: 'proof',
        name: proof.name,
        ok: false,
        says: `${proof.says}: ${error instanceof Error ? error.message : String(error)}`,
        seconds: seconds(),
      });
      return false;
    }
  }
  return true;
}

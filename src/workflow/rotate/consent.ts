/** What is asked before a phase begins. */
import type { RotationPhase } from '../../model/rotation.js';
import { mistaken } from '../mistaken.js';
import type { Story } from '../story.js';

export const questionOf = ({ number, of, says, noReturn, again }: RotationPhase): string => {
  const what = `${again ? 'Go on with phase' : 'Begin phase'} ${number} of ${of}: ${says}?`;
  return noReturn === undefined ? what : `${what} From here there is no way back: ${noReturn}.`;
};

/** Of a phase without steps, which `execute` would not ask about. */
export async function agreed({ emit, ports }: Story, says: string, yes: boolean): Promise<boolean> {
  const risk = 'none';
  if (yes) {
    emit({ type: 'consent-given', risk, by: 'option' });
    return true;
  }
  if (!ports.consent)
    throw mistaken('no-consent', 'this changes the cluster, and there is no terminal to ask on', 'give --yes');
  emit({ type: 'consent-needed', risk, says });
  const answer = (await ports.consent({ risk, says })) === true;
  emit(answer ? { type: 'consent-given', risk, by: 'person' } : { type: 'consent-refused', risk });
  return answer;
}

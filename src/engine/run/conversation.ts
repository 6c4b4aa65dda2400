/**
 * The control machine's half of one script: reads its records in order, answers when it is asked, judges what it
 * proves.
 */
import type { Step } from '../../model/plan.js';
import type { Channel } from '../../transport/connection.js';
import type { Script } from '../../shell/sh.js';
import { answerText, chunkText, toldText, verdictText, type Word } from '../script/answer.js';
import type { Protocol } from './protocol.js';
import { type Record, records } from '../script/records.js';

/** What a script may ask or tell. Every method that returns a promise holds the script up until it resolves. */
export interface HostSession {
  /** `raw` undefined: the answer is the very one of the plan. */
  decide(step: Step, index: number, raw: string | undefined): Promise<Word>;
  waiting(step: Step, says: string): void;
  failed(step: Step, code: number, message: string): void;
  expired(step: Step, says: string, seconds: number, message: string): void;
  /** The units whose turn is over by it, where the script waits to be told. */
  proved(step: Step, raw: string): readonly string[] | undefined;
  /** A unit of an armed turn passed its gate: what the host is told of its way back; it asks again until it is told. */
  confirm(step: Step): Promise<readonly Script[]>;
  /** The host would take its change back soon, and asks for more time. */
  hold(): readonly Script[];
  /** The host's own no to the whole script. */
  refused(message: string): void;
  busy(pid: string): void;
  chunk(sha256: string, offset: number): Promise<Buffer | undefined>;
}

/** True: the script came to its end. False: it was cut off. Throws WorldFailed when the connection is lost, and when
 * the host says what `rules` do not allow. */
export const converse = async (
  channel: Channel,
  nonce: string,
  steps: readonly Step[],
  session: HostSession,
  rules: Protocol,
  heard: () => void,
): Promise<boolean> => {
  const asked: { index: number; raw: string | undefined }[] = [];
  let over = false;
  for await (const record of records(channel.output, nonce)) {
    rules.hear(record);
    heard();
    const [word] = record.words;
    if (word === 'bye' || word === 'refused') over = true;
    if (word === 'same' || word === 'differs') asked.push({ index: Number(record.words[1]), raw: record.payload });
    else if (word === 'answer') {
      const now = asked.splice(0);
      const words = await Promise.all(
        now.map(async ({ index, raw }) => [index, await session.decide(stepAt(steps, index), index, raw)] as const),
      );
      for (const [index, answer] of words) rules.answered(index, answer);
      await channel.write(answerText(nonce, new Map(words)));
    } else await hear(record, channel, nonce, steps, session);
  }
  return over;
};

const hear = async (
  { words, payload = '' }: Record,
  channel: Channel,
  nonce: string,
  steps: readonly Step[],
  session: HostSession,
): Promise<void> => {
  const [word, first = '', second = ''] = words;
  switch (word) {
    case 'waiting':
      return session.waiting(stepAt(steps, Number(first)), waitAt(stepAt(steps, Number(first)), Number(second)).says);
    case 'failed':
      return session.failed(stepAt(steps, Number(first)), Number(second), payload);
    case 'expired': {
      const step = stepAt(steps, Number(first));
      const { says, seconds } = waitAt(step, Number(second));
      return session.expired(step, says, seconds, payload);
    }
    case 'proof': {
      const over = session.proved(stepAt(steps, Number(first)), payload);
      return over && channel.write(verdictText(nonce, over));
    }
    case 'confirm':
      return channel.write(toldText(nonce, await session.confirm(stepAt(steps, Number(first)))));
    case 'hold':
      return channel.write(toldText(nonce, session.hold()));
    case 'refused':
      return session.refused(words.slice(1).join(' '));
    case 'busy':
      return session.busy(first);
    case 'need':
      return channel.write(chunkText(await session.chunk(first, Number(second))));
    default:
      return undefined;
  }
};

const stepAt = (steps: readonly Step[], index: number): Step => {
  const step = steps[index];
  if (!step) throw new Error(`the script speaks of step ${index}, and has ${steps.length}`);
  return step;
};

const waitAt = (step: Step, at: number): { says: string; seconds: number } => {
  const action = step.actions[at];
  if (action?.do !== 'wait') throw new Error(`${step.id}: action ${at} is not a wait`);
  return action;
};

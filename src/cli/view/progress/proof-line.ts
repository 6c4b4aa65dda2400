/** One thing that was proven, or not. */
import pc from 'picocolors';
import type { Event } from '../../../model/event.js';
import { cut, duration, oneLine } from '../words.js';

export const proofLine = (
  proof: Extract<Event, { type: 'proof' }>,
  { width, color, unicode }: { readonly width: number; readonly color: boolean; readonly unicode: boolean },
): string => {
  const colors = pc.createColors(color);
  const mark = unicode ? (proof.ok ? '✓' : '✗') : proof.ok ? '+' : 'x';
  const text = cut(`${oneLine(proof.name)}: ${oneLine(proof.says)}  ${duration(proof.seconds)}`, width - 2);
  return `${proof.ok ? colors.green(mark) : colors.red(mark)} ${proof.ok ? text : colors.red(text)}`;
};

/** What is being exchanged, and what a phase has left. */
import type { EventBody } from '../../model/event.js';
import { marked } from '../../shell/terminal.js';
import { unseenInWords } from '../../plan/unseen-hosts.js';
import type { Rotated } from '../../workflow/rotate.js';
import type { Standing, Standings } from '../../workflow/rotate/under-way.js';
import { table } from './table.js';

export const standingsText = ({ rotations, unseen }: Standings): string =>
  [
    table(
      ['what', 'stands', 'next', 'it'],
      rotations.map(one => [one.name, standsText(one), one.stands === 0 ? '' : (one.next ?? ''), one.says]),
    ),
    ...unseenInWords(unseen).map(line => `could not be asked: ${marked(line)}\n`),
  ].join('');

export const standsText = ({ stands, of, phase }: Pick<Standing, 'stands' | 'of' | 'phase'>): string =>
  stands === 0 ? 'nothing is under way' : `phase ${stands} of ${of} (${phase})`;

type Of<T extends EventBody['type']> = Extract<EventBody, { readonly type: T }>;

export const phaseText = ({ thing, phase, number, of, says, again, noReturn }: Of<'rotation-phase'>): string =>
  [
    `${thing}: ${again ? 'going on with ' : ''}phase ${number} of ${of} (${phase}): ${says}\n`,
    ...(noReturn === undefined ? [] : [`  no way back: ${noReturn}\n`]),
  ].join('');

const shown = 40;

export const needsText = ({ needs }: Of<'rotation-needs'>): string =>
  [
    `${needs.length} still ${needs.length === 1 ? 'needs' : 'need'} the old one\n`,
    ...needs.slice(0, shown).map(({ subject, says }) => `  ${marked(`${subject}: ${says}`)}\n`),
    ...(needs.length > shown ? [`  and ${needs.length - shown} more (--json names all)\n`] : []),
  ].join('');

/** undefined of `next`: it was not completed, which was said, or it was the last. */
export const rotatedText = (rotated: Rotated): string => {
  const { phase, next } = rotated;
  const { thing, number, of } = phase;
  if (rotated.ended === 'refused') return '';
  // Its files stand: the same command would not go on with it, but begin anew.
  if (rotated.outcome.ok && !rotated.proven && number === of)
    return (
      `phase ${number} of ${of} of ${thing} is done, and not proven: what is named above does not follow yet. ` +
      `kw doctor looks for why; kw rotate ${thing} would begin a new exchange\n`
    );
  if (!rotated.outcome.ok || !rotated.proven)
    return `phase ${number} of ${of} of ${thing} is not complete: kw rotate ${thing} goes on with it\n`;
  if (!next) return `${thing} is exchanged\n`;
  const first = next.needs.length > 0 ? `, once the ${next.needs.length} named above are seen to` : '';
  return `phase ${number} of ${of} of ${thing} is complete. Next${first}: kw rotate ${thing} (${next.says})\n`;
};

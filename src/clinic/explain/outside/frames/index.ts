/** All frames: they are asked after the sentences, which know one line each and say more of it. */
import type { Framed } from '../known.js';
import { doneWithout } from './done-without.js';
import { gone } from './gone.js';
import { goesOn } from './goes-on.js';
import { hungUp } from './hung-up.js';
import { notices } from './notices.js';
import { notYet } from './not-yet.js';
import { ownBooks } from './own-books.js';
import { starting } from './starting.js';
import { tidied } from './tidied.js';

export const frames: readonly Framed[] = [
  ...goesOn,
  ...notYet,
  ...starting,
  ...doneWithout,
  ...hungUp,
  ...gone,
  ...tidied,
  ...ownBooks,
  ...notices,
];

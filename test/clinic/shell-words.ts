/** A small reader of POSIX sh: which words a script has, and what stands outside of every quoted word. */

export interface ShellWord {
  /** What the shell makes of it: quotes taken away; expansions stay as they are written. */
  readonly value: string;
  /** Whether every character of it is quoted, or of the kind that needs no quotes. */
  readonly inert: boolean;
}

const bare = /[A-Za-z0-9_%+:,./@=-]/;
const blank = /[\s;&|<>(){}]/;

interface Reading {
  at: number;
  readonly words: ShellWord[];
  value: string;
  inert: boolean;
  open: boolean;
}

/** Comments and here-documents are words that are not inert: nothing that was seen may stand there. */
export const wordsOf = (script: string): readonly ShellWord[] => {
  const state: Reading = { at: 0, words: [], value: '', inert: true, open: false };
  while (state.at < script.length) step(script, state);
  end(state);
  return state.words;
};

const end = (state: Reading): void => {
  if (state.open) state.words.push({ value: state.value, inert: state.inert });
  Object.assign(state, { value: '', inert: true, open: false });
};

const add = (state: Reading, text: string, inert: boolean, length: number): void => {
  state.value += text;
  state.inert &&= inert;
  state.open = true;
  state.at += length;
};

const step = (script: string, state: Reading): void => {
  const char = script[state.at] ?? '';
  if (char === "'") {
    const close = script.indexOf("'", state.at + 1);
    const stop = close < 0 ? script.length : close;
    add(state, script.slice(state.at + 1, stop), close >= 0, stop + 1 - state.at);
  } else if (char === '"') {
    const { text, length } = doubled(script, state.at);
    // Expansions live on between double quotes, so nothing that was seen may stand there.
    add(state, text, false, length);
  } else if (char === '\\') add(state, script[state.at + 1] ?? '', true, 2);
  else if (char === '#' && !state.open) {
    const line = /^[^\n]*/.exec(script.slice(state.at))?.[0] ?? '';
    add(state, line, false, line.length);
    end(state);
  } else if (blank.test(char)) {
    end(state);
    state.at += 1;
  } else add(state, char, bare.test(char), 1);
};

const doubled = (script: string, from: number): { readonly text: string; readonly length: number } => {
  let text = '';
  let at = from + 1;
  while (at < script.length && script[at] !== '"') {
    if (script[at] === '\\') at += 1;
    text += script[at] ?? '';
    at += 1;
  }
  return { text, length: at + 1 - from };
};

/**
 * Where the poison is more than one quoted word; [] where it does not occur. A word may be a script for another shell.
 */
export const violations = (script: string, poison: string, marker: string, depth = 0): readonly string[] =>
  script.includes(marker)
    ? wordsOf(script).flatMap((word, index, all) => {
        if (!word.value.includes(marker)) return [];
        if (!word.inert) return [word.value.slice(0, 200)];
        const forShell = all[index - 1]?.value === '-c' || all[index - 1]?.value === 'eval';
        if (!forShell && isWhole(word.value, poison)) return [];
        // A part of it may be a word too, as long as a shell that reads it as a script finds it quoted there.
        return depth < 3 && word.value !== script ? violations(word.value, poison, marker, depth + 1) : [word.value];
      })
    : [];

/** As it is, or as a file between double quotes holds it, read by whoever left its backslashes or took them away. */
const isWhole = (word: string, poison: string): boolean =>
  [poison, JSON.stringify(poison).slice(1, -1)].some(form => plain(word).includes(plain(form)));

const plain = (text: string): string => text.replaceAll('\\', '');

/** Several facts of one host as one, in one script. */
import { type Fact, NotSeen, Unreadable } from '../model/fact.js';
import { raw, type Script, scripts, sh } from '../shell/sh.js';

/** Of each fact its value; absent where its answer made no sense, or the host cannot tell: unknown, never fine. */
export const together = <T extends object>(
  id: string,
  facts: { readonly [K in keyof T]?: Fact<Required<T>[K]> },
): Fact<Partial<T>> => {
  const named = Object.entries(facts) as [string, Fact<unknown>][];
  return {
    id,
    question: { ask: 'host', script: scripts(named.map(([name, fact]) => framed(name, scriptOf(fact)))) },
    parse(output) {
      const texts = textsOf(output);
      if (texts.size === 0) throw new Unreadable(id, output, 'none of the questions was answered');
      return Object.fromEntries(
        named.flatMap(([name, fact]) => {
          const text = texts.get(name);
          return text === undefined ? [] : answerOf(name, fact, text);
        }),
      ) as Partial<T>;
    },
  };
};

// A subshell each: what one sets, or leaves, is not the next one's.
const framed = (name: string, script: Script): Script => sh`echo ${`==kw ${name}`}\n( ${raw(script)}\n)`;

const scriptOf = ({ id, question }: Fact<unknown>): Script => {
  if (question.ask !== 'host') throw new Error(`${id} asks the API: it has no place in a script`);
  return question.script;
};

const textsOf = (output: string): ReadonlyMap<string, string> =>
  new Map(
    output
      .split(/^==kw /m)
      .slice(1)
      .map(text => {
        const cut = text.indexOf('\n');
        return [text.slice(0, cut), text.slice(cut + 1)] as const;
      }),
  );

const answerOf = (name: string, fact: Fact<unknown>, text: string): readonly (readonly [string, unknown])[] => {
  try {
    return [[name, fact.parse(text)]];
  } catch (error) {
    if (error instanceof Unreadable || error instanceof NotSeen) return [];
    throw error;
  }
};

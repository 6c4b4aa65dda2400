/**
 * A text in two at the first line that is a mark. An expression that begins with all that stands before it would be
 * tried at each line anew, where no mark comes.
 */
export const splitAtLine = (
  text: string,
  ...marks: readonly string[]
): { readonly before: string; readonly mark: string; readonly after: string } | undefined => {
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? undefined : end);
    if (marks.includes(line))
      return { before: text.slice(0, from), mark: line, after: end < 0 ? '' : text.slice(end + 1) };
    if (end < 0) return undefined;
    from = end + 1;
  }
  return undefined;
};

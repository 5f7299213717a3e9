// Where two short texts differ, character by character.

const MOST_CELLS = 250000;

/** Return [pieces of one, pieces of other]; a piece is {text, differs}. */
export function differences(one, other) {
  const [a, b] = [[...one], [...other]];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const middle = (all) => all.slice(start, all.length - end);
  const [inA, inB] = common(middle(a), middle(b));
  return [pieces(a, start, end, inA), pieces(b, start, end, inB)];
}

/** Return for each character of two lists whether it is common to both; of long ones none is. */
function common(a, b) {
  const [inA, inB] = [Array(a.length).fill(false), Array(b.length).fill(false)];
  const width = b.length + 1;
  if ((a.length + 1) * width > MOST_CELLS) return [inA, inB];
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      inA[i] = inB[j] = true;
      i += 1;
      j += 1;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return [inA, inB];
}

function pieces(all, start, end, isCommon) {
  const found = [];
  all.forEach((character, place) => {
    const differs = place >= start && place < all.length - end && !isCommon[place - start];
    if (found.at(-1)?.differs === differs) found.at(-1).text += character;
    else found.push({ text: character, differs });
  });
  return found;
}

/**
 * Whether a password holds a word that the administrator forbids, such as the company's name (NIST SP 800-63B §3.1.1.2:
 * context-specific words are refused). Letters count as the same whatever their case and accents.
 */
export const holdsForbiddenWord = (password: string, words: readonly string[]): boolean => {
  const folded = fold(password)
  return words.some((word) => {
    const sought = fold(word)
    // A word of marks alone folds to nothing, and nothing is in every password.
    return sought !== '' && folded.includes(sought)
  })
}

/** Without accents, and by capital letters first: `ß` and `SS` are one word, and so are `ς` and `σ`. */
const fold = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')

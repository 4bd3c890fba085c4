/**
 * Whether a secret key is worth the name (O04): everything sealed and every session hangs off it, so a default, an
 * example or a short key is refused. Long keys of any characters are taken as they are: authentik's move in unchanged.
 */

/** Why a key is refused, in words that follow "The secret key …"; `null` where it will do. Never the key itself. */
export const judgeSecretKey = (key: string): string | null => {
  const characters = [...key]
  if (characters.length < SHORTEST) return `is shorter than ${SHORTEST} characters`
  if (PUBLISHED.some((known) => key.includes(known))) return 'is a default that was published'
  const letters = key.toLowerCase().replace(/[^a-z]/g, '')
  if (EXAMPLES.some((word) => letters.includes(word))) return 'is an example, not a key'
  if (new Set(characters).size < LEAST_DIFFERENT || repeats(key) || counts(key)) return 'is a pattern, not a key'
  return null
}

const SHORTEST = 32

// Fifty random digits show all ten; a key with fewer than eight different characters was typed, not drawn.
const LEAST_DIFFERENT = 8

// Keys that stand in public code: what authentik shipped before it asked for one, and Django's mark of a throw-away.
const PUBLISHED = ['9$@r!d^1^jrn#fk#1#@ks', 'django-insecure-']

// What sample files hold. Letters only, so that `CHANGE_ME` and `change-me` are one; each is long enough that a
// random key holds it with a chance of less than one in a hundred million.
const EXAMPLES = [
  'changeme',
  'changethis',
  'replaceme',
  'replacethis',
  'example',
  'placeholder',
  'insecure',
  'yoursecret',
  'mysecret',
  'supersecret',
  'secretkey',
  'generatea',
  'generatethis',
]

/** One piece written again and again: `abcd1234` eight times is as strong as once. */
const repeats = (key: string): boolean => {
  // Nobody types a thousand characters by hand, and the search grows with the square.
  if (key.length > 1024) return false
  for (let piece = 1; piece <= key.length / 2; piece++) {
    if (
      key ===
      key
        .slice(0, piece)
        .repeat(Math.ceil(key.length / piece))
        .slice(0, key.length)
    )
      return true
  }
  return false
}

/** Mostly the alphabet or the digits in order. */
const counts = (key: string): boolean => {
  let steps = 0
  for (let at = 1; at < key.length; at++) if (key.charCodeAt(at) - key.charCodeAt(at - 1) === 1) steps++
  return steps > key.length / 2
}
